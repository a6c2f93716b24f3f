"""How a request is read: bytes that are no UTF-8 become a sign that the text gate refuses, in forms and in addresses alike.

Werkzeug leaves them in their percent form, which would pass for something that was typed, and fails where they come bare in a query.
"""

from __future__ import annotations

from typing import IO, Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property


def _pairs(text: bytes) -> list[tuple[str, str]]:
    return parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")


class _Parser(FormDataParser):
    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, Any]]:
        if mimetype != "application/x-www-form-urlencoded":
            return super().parse(stream, mimetype, content_length, options)
        body = stream.read()
        stream.read(1)  # a body in pieces ends silently at the limit; asked for more, the stream says 413
        return stream, self.cls(_pairs(body)), self.cls()


def careful(request_class: type[Request]) -> type[Request]:
    """The class of requests, reading forms and queries like this."""

    class CarefulRequest(request_class):  # type: ignore[misc, valid-type]
        form_data_parser_class = _Parser

        @cached_property
        def args(self) -> MultiDict[str, str]:
            return self.parameter_storage_class(_pairs(self.query_string))  # type: ignore[no-any-return]

    return CarefulRequest
