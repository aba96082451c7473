// Moves between the marks that are not met, and says what the focused mark is about.
(function () {
  "use strict";

  var marks = Array.prototype.slice.call(document.querySelectorAll("a.mark"));
  var open = marks.filter(function (mark) {
    return !mark.classList.contains("met");
  });
  var focused = document.getElementById("focused");
  var keys = document.getElementById("keys");
  var current = null;

  function pieces(mark) {
    return document.querySelectorAll('[data-marks~="' + mark.dataset.mark + '"]');
  }

  function show(mark) {
    if (current) {
      pieces(current).forEach(function (piece) { piece.classList.remove("current"); });
    }
    current = mark;
    focused.hidden = !mark;
    if (mark) {
      pieces(mark).forEach(function (piece) { piece.classList.add("current"); });
      focused.textContent = mark.getAttribute("aria-label");
    }
  }

  // From where the focus is, in the order of the text; from the last one to the first.
  function move(step) {
    if (!open.length) { return; }
    var from = current ? marks.indexOf(current) : step > 0 ? -1 : marks.length;
    var places = open.map(function (mark) { return marks.indexOf(mark); });
    var ahead = places.filter(function (place) { return step > 0 ? place > from : place < from; });
    var rest = ahead.length ? ahead : places;
    var mark = marks[step > 0 ? rest[0] : rest[rest.length - 1]];
    mark.focus();
    mark.scrollIntoView({ block: "center", inline: "nearest" });
  }

  // Pages opened from a disk may have no storage.
  function stored(value) {
    try {
      if (value !== undefined) { window.localStorage.setItem("hansa-keys", value); }
      return window.localStorage.getItem("hansa-keys");
    } catch (error) {
      return null;
    }
  }

  marks.forEach(function (mark) {
    mark.addEventListener("focus", function () { show(mark); });
    mark.addEventListener("mouseenter", function () { show(mark); });
  });
  document.getElementById("next").addEventListener("click", function () { move(1); });
  document.getElementById("previous").addEventListener("click", function () { move(-1); });
  document.querySelector(".tools").hidden = !open.length;
  keys.checked = stored() !== "off";
  keys.addEventListener("change", function () { stored(keys.checked ? "on" : "off"); });
  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest && event.target.closest("input:not([type=checkbox])");
    if (!keys.checked || typing || event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (event.key === "n") { move(1); }
    if (event.key === "p") { move(-1); }
    if (event.key === "Escape") { show(null); }
  });
})();
