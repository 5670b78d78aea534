// Search from a folder: browsers start no worker for a page that is opened as a file. There, and only there, a hidden
// frame takes the worker's place. Material's search knows such a frame by the name IFrameWorker.
(() => {
  const inFrame = `
    postMessage = (message) => parent.postMessage(message, "*");
    importScripts = async (...addresses) => {
      for (const address of addresses) {
        await new Promise((resolve) => {
          const script = Object.assign(document.createElement("script"), { src: address, onload: resolve });
          document.body.append(script);
        });
      }
    };`;

  class FrameWorker extends EventTarget {
    constructor(address) {
      super();
      this.frame = Object.assign(document.createElement("iframe"), { hidden: true });
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      addEventListener("message", ({ source, data }) => {
        if (source === inside) this.dispatchEvent(new MessageEvent("message", { data }));
      });
      inside.document.write(`<body><script>${inFrame}<\/script><script src="${address}"><\/script></body>`);
      inside.document.close();
      this.loaded = new Promise((resolve) => { inside.onload = resolve; });
    }

    async postMessage(data) {
      await this.loaded;
      this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    terminate() { this.frame.remove(); }
  }

  if (location.protocol === "file:") window.Worker = window.IFrameWorker = FrameWorker;
})();
