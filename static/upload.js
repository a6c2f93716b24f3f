// A file goes in parts of 32 KB that resume after a broken line; a photo is made smaller first. Without this the form sends it whole.
(function () {
  "use strict";
  const PART = 32 * 1024;
  const MOST = 2 * 1024 * 1024;
  const PHOTO = 300 * 1024;
  const SIDES = [2000, 1600]; // pixels of the longer side; never fewer than the last
  const FINE = [0.8, 0.65];
  const COARSE = [0.8, 0.65, 0.5, 0.4, 0.3, 0.2, 0.12];
  const PATIENCE = 45000; // for one answer; 32 KB take four seconds at 64 kbit/s
  const LONGEST_WAIT = 20000;

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(15));
    return btoa(String.fromCharCode.apply(null, bytes)).replace(/[+/]/g, "_");
  }

  // --- a photo made smaller --------------------------------------------------------------------------------------------------

  async function picture(file) {
    try {
      return await createImageBitmap(file, { imageOrientation: "from-image" }); // upright, as the camera says
    } catch (fault) {
      return await createImageBitmap(file);
    }
  }

  async function smaller(file) {
    const kept = file.type === "image/jpeg" || file.type === "image/png";
    if (!file.type.startsWith("image/") || (kept && file.size <= PHOTO)) return file;
    let bitmap;
    try {
      bitmap = await picture(file);
    } catch (fault) {
      return file; // not a picture for this browser: the server will say what it is
    }
    const long = Math.max(bitmap.width, bitmap.height);
    const sides = SIDES.filter((side) => side < long);
    if (!sides.length) sides.push(long);
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    let made = null;
    for (const side of sides) {
      canvas.width = Math.round((bitmap.width * side) / long);
      canvas.height = Math.round((bitmap.height * side) / long);
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.imageSmoothingQuality = "high";
      pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      for (const quality of side === sides[sides.length - 1] ? COARSE : FINE) {
        made = await new Promise((keep) => canvas.toBlob(keep, "image/jpeg", quality));
        if (made && made.size <= PHOTO) break;
      }
      if (made && made.size <= PHOTO) break;
    }
    bitmap.close();
    return made && (!kept || made.size < file.size) ? made : file;
  }

  // --- sending ---------------------------------------------------------------------------------------------------------------

  // An answer that did not come, or came from a site that is busy or starting: the same again, later.
  class Lost extends Error {}

  async function ask(address, fields) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    let answer, told;
    try {
      let body;
      if (fields) {
        body = new FormData();
        for (const name in fields) body.append(name, fields[name]);
      }
      answer = await fetch(address, { method: body ? "POST" : "GET", body: body, signal: stop.signal, redirect: "manual" });
      told = await answer.text();
    } catch (fault) {
      throw new Lost();
    } finally {
      clearTimeout(timer);
    }
    if (answer.status >= 500 || answer.status === 429) throw new Lost();
    try {
      told = JSON.parse(told);
    } catch (fault) {
      told = {};
    }
    return { ok: answer.status === 200, status: answer.status, told: told };
  }

  function pause(time) {
    return new Promise((go) => {
      const timer = setTimeout(done, time);
      function done() {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        go();
      }
      window.addEventListener("online", done);
    });
  }

  class Refused extends Error {
    constructor(answer) {
      super();
      this.answer = answer;
    }
  }

  async function send(job, show) {
    let wait = 1000;
    for (;;) {
      try {
        const here = await ask(job.address);
        if (!here.ok) throw new Refused(here);
        let at = here.told.at;
        const token = here.told.token;
        show.sent(at);
        while (at < job.blob.size) {
          const part = job.blob.slice(at, at + PART);
          const answer = await ask(job.address, { csrf_token: token, at: at, size: job.blob.size, part: part });
          if (!answer.ok) throw new Refused(answer);
          at = answer.told.at;
          wait = 1000;
          show.sent(at);
        }
        show.say("checking");
        const end = await ask(job.address + "/finish", { csrf_token: token, material: job.material() });
        if (!end.ok) throw new Refused(end);
        return end.told.done;
      } catch (fault) {
        if (!(fault instanceof Lost)) throw fault;
        show.say("lost");
        await pause(wait);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  // --- the form --------------------------------------------------------------------------------------------------------------

  function prepare(form) {
    const words = JSON.parse(form.dataset.say);
    const input = form.querySelector("input[type=file]");
    const choice = form.querySelector("select");
    const sending = form.querySelector(".sending");
    const bar = sending.querySelector("progress");
    const line = sending.querySelector("p");
    const hint = document.getElementById(input.id + "-h");
    if (hint && words.photos) hint.append(" " + words.photos);
    let busy = false;
    let last = null; // the file that is or was on its way, so that a second press goes on with it

    function wrong(field, text) {
      const box = field.closest(".f");
      right(field);
      const note = document.createElement("p");
      note.className = "msg";
      note.id = field.id + "-e";
      note.textContent = text;
      field.before(note);
      box.classList.add("bad");
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", (document.getElementById(field.id + "-h") ? field.id + "-h " : "") + note.id);
      field.focus();
    }

    function right(field) {
      const note = document.getElementById(field.id + "-e");
      if (note) note.remove();
      field.closest(".f").classList.remove("bad");
      field.removeAttribute("aria-invalid");
    }

    const show = {
      say(name) {
        line.textContent = words[name];
      },
      sent(at) {
        bar.max = last.blob.size;
        bar.value = at;
        line.textContent = words.sent.replace("{done}", Math.round(at / 1024)).replace("{all}", Math.ceil(last.blob.size / 1024));
      },
    };

    async function go(file) {
      if (!last || last.file !== file) {
        show.say("shrinking");
        const blob = await smaller(file);
        last = { file: file, blob: blob, address: form.dataset.parts + newKey(), material: () => (choice ? choice.value : "") };
      }
      if (last.blob.size > MOST) {
        last = null;
        return wrong(input, words.large);
      }
      try {
        const where = await send(last, show);
        busy = false;
        window.location.assign(where);
        return undefined;
      } catch (fault) {
        const answer = fault instanceof Refused ? fault.answer : null;
        if (answer && answer.told.error) {
          const field = answer.told.field === "material" && choice ? choice : input;
          if (field === input) last = null; // this file is not taken; the next press begins anew
          return wrong(field, answer.told.error);
        }
        return wrong(input, answer && (answer.status === 401 || answer.status === 400) ? words.signed_out : words.failed);
      }
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (busy) return;
      right(input);
      if (choice) right(choice);
      const file = input.files[0];
      if (choice && !choice.value) return wrong(choice, words.choose);
      if (!file || !file.size) return wrong(input, words.empty);
      busy = true;
      sending.hidden = false;
      form.setAttribute("aria-busy", "true");
      go(file).finally(() => {
        if (!busy) return; // on the way to the next page
        busy = false;
        sending.hidden = true;
        form.removeAttribute("aria-busy");
      });
    });

    window.addEventListener("beforeunload", (event) => {
      if (busy) event.preventDefault();
    });
  }

  if (window.fetch && window.AbortController && window.createImageBitmap && Promise.prototype.finally)
    document.querySelectorAll("form[data-parts]").forEach(prepare);
})();
