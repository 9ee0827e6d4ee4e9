"""Scripts that the tests of pictures run in the page."""

# Mean brightness of the picture that is seen before it is sent.
BRIGHT = """() => {
  const canvas = document.querySelector("#an-canvas"), pen = canvas.getContext("2d");
  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i];
  return Math.round((400 * sum) / data.length) / 100;
}"""
# Gives the page a file as a drop or a paste brings it.
HANDED = """([kind, name, type, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)), data = new DataTransfer();
  data.items.add(new File([bytes], name, { type }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector("#an-chat").dispatchEvent(event);
}"""
