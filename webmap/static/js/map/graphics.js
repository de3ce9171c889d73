// A worker of one moment: whether this browser draws with WebGL 2. To ask starts its graphics, which may take a second
// or more; asked here, the list answers clicks meanwhile, and the map finds them started.

postMessage(Boolean(new OffscreenCanvas(1, 1).getContext("webgl2")));
