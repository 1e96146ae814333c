/** Whether a picture has colours of its own. */

const SIDE = 64;
const GREY = 12; // of 255: the difference between channels that scans and lossy files of grey pictures have

/** Tell whether a picture, given by its address, is black and white. */
export async function isGrey(url: string): Promise<boolean> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(image, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  let colored = 0;
  for (let n = 0; n < data.length; n += 4) {
    const channels = [data[n]!, data[n + 1]!, data[n + 2]!];
    if (Math.max(...channels) - Math.min(...channels) > GREY) colored += 1;
  }
  return colored < 0.01 * SIDE * SIDE;
}
