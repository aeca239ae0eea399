/* Sends several files, one after the other, and says how far it is. Without it a form sends one. */
(function () {
  "use strict";
  var isEnglish = document.documentElement.lang === "en";
  function say(zh, en) { return isEnglish ? en : zh; }

  Array.prototype.forEach.call(document.querySelectorAll("form[data-upload]"), function (form) {
    var field = form.querySelector("input[type=file]"), told = form.querySelector(".progress");
    if (!window.FormData || !window.XMLHttpRequest || !window.DOMParser) { return; }
    field.multiple = true;

    function refusal(request) {
      var page = new DOMParser().parseFromString(request.responseText, "text/html");
      var found = page.getElementById("errors") || page.querySelector("main h1");
      return found ? found.textContent.replace(/\s+/g, " ").trim() : say("没有成功，请再试一次。", "It failed; try again.");
    }

    function send(files, place, refused) {
      if (place === files.length) {
        if (!refused.length) { location.assign(form.action.split("?")[0] + "?new=1"); return; }
        var again = document.createElement("a");
        again.href = form.action;
        again.textContent = say("刷新列表", "Show the list anew");
        told.textContent = refused.join(" ") + " ";
        told.appendChild(again);
        form.querySelector("button").disabled = false;
        return;
      }
      var request = new XMLHttpRequest(), data = new FormData();
      data.append("file", files[place], files[place].name);
      request.open("POST", form.action);
      request.upload.onprogress = function (event) {
        var share = event.total ? Math.round(100 * event.loaded / event.total) : 0;
        told.textContent = (place + 1) + " / " + files.length + say("，", ", ") + share + "%";
      };
      request.onload = function () {
        var isTaken = request.status < 400;
        send(files, place + 1, isTaken ? refused : refused.concat(files[place].name + say("：", ": ") + refusal(request)));
      };
      request.onerror = function () {
        send(files, place + 1, refused.concat(files[place].name + say("：网络断开，请再试一次。", ": the connection broke off; try again.")));
      };
      request.send(data);
    }

    form.addEventListener("submit", function (event) {
      if (!field.files || !field.files.length) { return; }
      event.preventDefault();
      form.querySelector("button").disabled = true;
      send(field.files, 0, []);
    });
  });
})();
