/** Turns temperatures from Celsius to Fahrenheit: 32-bit floats in, 32-bit floats out. */
import { address, app, fixed, options, tcp } from "wallaroo";

const settings = options({ in: address("127.0.0.1:7010"), out: address("127.0.0.1:7002") });

export const celsius = fixed({ degrees: "f32" });
export const fahrenheit = fixed({ degrees: "f32" });

export default app("celsius", settings, (flow, o) => {
  flow
    .source("celsius", tcp.listen({ address: o.in, frame: "u32be", decode: celsius }))
    .map("convert", (c) => ({ degrees: c.degrees * 1.8 + 32 }))
    .sink("fahrenheit", tcp.connect({ address: o.out, frame: "u32be", encode: fahrenheit }));
});
