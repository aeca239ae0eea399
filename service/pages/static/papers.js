/* What the person writes beside the statement goes into the page to be printed, and nowhere else. */
(function () {
  "use strict";
  var person = document.getElementById("person");
  person.hidden = false;
  Array.prototype.forEach.call(person.querySelectorAll("[data-fills]"), function (field) {
    var line = document.getElementById(field.getAttribute("data-fills"));
    function fill() { line.textContent = field.value.trim() || line.getAttribute("data-blank"); }
    field.addEventListener("input", fill);
    window.addEventListener("pagehide", function () { field.value = ""; fill(); });
    fill();
  });
})();
