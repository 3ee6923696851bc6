/* A browser starts no worker for a page that is read from a folder. There the worker's script runs
   in a hidden frame instead, so that search needs no server. (The theme looks for this file's name.) */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.appendChild(frame)
      this.frame = frame.contentWindow
      window.addEventListener("message", event => {
        if (event.source === this.frame)
          this.dispatchEvent(new MessageEvent("message", { data: event.data }))
      })
      const page = frame.contentDocument
      page.open()
      page.write(
        `<script>postMessage = data => parent.postMessage(data, "*")</script>` +
        `<script src="${url}"></script>`
      )
      this.ready = new Promise(done => this.frame.addEventListener("load", done))
      page.close()
    }
    postMessage(data) {
      this.ready.then(() => this.frame.dispatchEvent(new MessageEvent("message", { data })))
    }
    terminate() {}
  }
}
