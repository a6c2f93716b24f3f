from tests.web.test_bad_input import *
def test_x(templates, tmp_path):
    with served("gunicorn", templates, tmp_path/"d") as port:
        for n in (1, 10):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            piece = b"note=" + b"x" * (1024 * 1024 - 5)
            try:
                line.request("POST", "/sign-in", body=(piece for _ in range(n)), headers={"Content-Type": "application/x-www-form-urlencoded"}, encode_chunked=True)
            except Exception as e: print(n, repr(e))
            try:
                a=line.getresponse(); print(n, a.status, a.read()[-300:])
            except Exception as e: print(n, repr(e))
        import time; time.sleep(1)
