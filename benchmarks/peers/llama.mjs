// Decodes several sequences in one batch with llama.cpp (node-llama-cpp) and prints one line of JSON: seconds of every run.
//   node llama.mjs '{"model": "m.gguf", "sequences": 64, "prompt": 128, "tokens": 64, "threads": 2, "runs": 3, "seed": 1}'
// Prompts are random tokens, the same for all sequences; what is timed is decoding alone, prompts are in the caches by then.
// No token ends a text, so every sequence has its whole length.
import { getLlama } from "node-llama-cpp";

const asked = JSON.parse(process.argv[2]);
const llama = await getLlama({ gpu: false, build: "never", maxThreads: asked.threads, logLevel: "error", progressLogs: false });
const model = await llama.loadModel({ modelPath: asked.model });
const context = await model.createContext({
    sequences: asked.sequences, contextSize: asked.prompt + asked.tokens + 8, batchSize: Math.max(asked.sequences, 512),
    threads: { ideal: asked.threads, min: asked.threads },
});

let state = asked.seed;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
const vocabulary = [...model.iterateAllTokens()].filter((t) => !model.isSpecialToken(t) && !model.isEogToken(t));
const prompt = Array.from({ length: asked.prompt }, () => vocabulary[random() % vocabulary.length]);
const sequences = Array.from({ length: asked.sequences }, () => context.getSequence());

const seconds = [];
for (let run = 0; run <= asked.runs; run++) { // the first warms up
    await Promise.all(sequences.map(async (s) => {
        await s.clearHistory();
        await s.evaluateWithoutGeneratingNewTokens(prompt.slice(0, -1));
    }));
    let made = 0;
    const start = performance.now();
    await Promise.all(sequences.map(async (s, i) => {
        let count = 0;
        const drawing = { temperature: 1, topK: 0, topP: 1, minP: 0, seed: i + 1, yieldEogToken: true };
        for await (const _ of s.evaluate([prompt.at(-1)], drawing)) {
            made++;
            if (++count === asked.tokens) break;
        }
    }));
    if (run > 0) seconds.push((performance.now() - start) / 1000);
    if (made !== asked.sequences * asked.tokens) throw new Error(`${made} tokens, not ${asked.sequences * asked.tokens}`);
    console.error(run === 0 ? "warmed up" : `run ${run} of ${asked.runs}`);
}
console.log(JSON.stringify({ seconds, threads: context.currentThreads, contextSize: context.contextSize }));
process.exit(0);
