// A page that is opened as a file can load neither modules nor the model.
if (location.protocol === "file:") {
  addEventListener("DOMContentLoaded", () => {
    const message = document.getElementById("message");
    message.className = "error";
    message.textContent =
      "This page was opened as a file, but browsers load networks from servers only. In this folder run " +
      "“python3 -m http.server” and open http://localhost:8000";
  });
}
