using Softly.Tasks;

namespace Softly.Cli.Benches;

/// <summary>Everything that can be measured, in the order in which it is.</summary>
internal static class Catalog
{
    /// <summary>The parts of the command, each with a line of help.</summary>
    public static readonly IReadOnlyList<(string Name, string About)> Parts =
    [
        ("ceilings", "what this machine can do at most: matrix products in fp32 and bf16, reading memory"),
        ("rollouts", "drawing by the generator, the large model and the tiny one, beside a plain TorchSharp loop"),
        ("update", "one update of the large model: forward, backward, optimizer"),
        ("step", "whole training steps, prompt to update, large and tiny, beside an eager one"),
        ("tokenizer", "texts to tokens"),
        ("graders", "answers to grades"),
        ("sandbox", "programs to grades, in each sandbox"),
        ("memory", "the update's peak memory while the vocabulary grows"),
        ("lengths", "update and decoding while sequences grow"),
        ("peers", "llama.cpp with the same model, on the same threads"),
    ];

    public static readonly string StepGrpo = "step grpo", StepSoft = "step soft-grpo", StepSoftKl = "step soft-grpo with its KL",
        StepParity = "step grpo, parity, one core", StepParityHalf = "step grpo, parity, one core, bfloat16", StepTiny = "step grpo, tiny", StepEager = "step eager, tiny",
        DecodeSoft = "decode soft", DecodeTiny = "decode soft, tiny", DecodePlain = "decode plain loop, tiny",
        UpdateDiscrete = "update discrete", UpdateSoft = "update soft", LengthUpdate = "length, update",
        LengthDecode = "length, decode", Peer = "llama.cpp", PeerOurs = "ours beside llama.cpp", Memory = "memory, vocabulary";

    /// <summary>Sequence lengths of the sweep.</summary>
    public static readonly int[] Lengths = [64, 128, 256, 512, 1024];

    /// <summary>Vocabularies of the sweep: the last is Qwen3's.</summary>
    public static readonly int[] Vocabularies = [1_024, 8_192, 49_152, 151_936];

    private const int LengthTokens = 8192;

    private static readonly StepSizes Step = new("grpo", Prompts: 4, PromptTokens: 130, Group: 16, NewTokens: 64);

    // One token of prompt, so that every position is predicted and every prediction is an input: 8 × 192 tokens of training.
    private static readonly StepSizes Update = new("grpo", Prompts: 2, PromptTokens: 1, Group: 4, NewTokens: 192);

    private static readonly DecodeSizes Decode = new(Rows: 64, PromptTokens: 128, NewTokens: 64, Soft: true);

    private static readonly DecodeSizes Tiny = new(Rows: 64, PromptTokens: 16, NewTokens: 64, Soft: true) { TopK = 10 };

    private static readonly StepSizes TinyStep = new("grpo", Prompts: 16, PromptTokens: 64, Group: 16, NewTokens: 64);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new CeilingScenario(),
        new DecodeScenario(
            DecodeSoft, "rollouts", "mixtures, 64 rows after a shared prompt of 128, 64 new tokens", 40, null, Decode),
        new DecodeScenario(
            "decode discrete", "rollouts", "the same in plain tokens", 40, null, Decode with { Soft = false }),
        new DecodeScenario(
            "decode soft, one row", "rollouts", "mixtures, one row: weights are read for it alone", 25, null,
            Decode with { Rows = 1 }),
        new DecodeScenario(
            DecodeTiny, "rollouts", "the tiny model, 64 rows, mixtures of at most 10", 25, Shape.Tiny, Tiny),
        new PlainDecodeScenario($"{DecodePlain}, all threads", "the same by hand in TorchSharp", Tiny, alone: false, spins: true),
        new PlainDecodeScenario(
            $"{DecodePlain}, all threads, sleeping", "the same, threads that sleep while they wait", Tiny,
            alone: false, spins: false),
        new PlainDecodeScenario($"{DecodePlain}, one thread", "the same, one thread", Tiny, alone: true, spins: false),
        new StepScenario(
            UpdateDiscrete, "update", "8 sequences of 192 tokens, plain tokens", 120, null, Update) { UpdateOnly = true },
        new StepScenario(
            UpdateSoft, "update", "the same in mixtures", 120, null,
            Update with { Algorithm = "soft-grpo" }) { UpdateOnly = true },
        new StepScenario(StepGrpo, "step", "4 prompts of 130 tokens × 16 completions of 64", 160, null, Step),
        new StepScenario(
            StepSoft, "step", "the same in mixtures", 160, null,
            Step with { Algorithm = "soft-grpo" }),
        new StepScenario(
            StepSoftKl, "step", "the same with the divergence from the frozen start, as published", 180, null,
            Step with { Algorithm = "soft-grpo", Beta = 0.001 }),
        new StepScenario(
            StepParity, "step", "16 prompts of 5 words × 16 completions of 14, 131 k parameters", 25, Shape.Parity,
            new StepSizes("grpo", 16, 5, 16, 14)) { Alone = true },
        new StepScenario(
            StepParityHalf, "step", "the same, products of the update in bfloat16", 25, Shape.Parity,
            new StepSizes("grpo", 16, 5, 16, 14)) { Alone = true, Half = true },
        new StepScenario(
            "step soft-grpo, parity, one core", "step", "the same in mixtures", 25, Shape.Parity,
            new StepSizes("soft-grpo", 16, 5, 16, 14)) { Alone = true },
        new StepScenario(
            StepTiny, "step", "256 rollouts of 64 tokens after prompts of 64, groups of 16, the tiny model", 40, Shape.Tiny,
            TinyStep),
        new PlainStepScenario(
            $"{StepEager}, all threads", "the same padded, without sharing, with all logits, by libtorch", TinyStep,
            alone: false),
        new PlainStepScenario($"{StepEager}, one thread", "the same with one thread", TinyStep, alone: true),
        new TokenizerScenario(),
        new GraderScenario(),
        .. Softly.Sandbox.Sandboxes.Names.Select(name => new SandboxScenario(name)),
        .. Vocabularies.Select(v => new MemoryScenario(v)),
        .. Lengths.Select(t => new StepScenario(
            $"{LengthUpdate} {t}", "lengths", $"{LengthTokens / t} sequences of {t} tokens, small model", 40, Shape.Small,
            new StepSizes("grpo", LengthTokens / t / Math.Min(8, LengthTokens / t / 2), 1, Math.Min(8, LengthTokens / t / 2), t))
            { UpdateOnly = true }),
        .. Lengths.Select(t => new DecodeScenario(
            $"{LengthDecode} {t}", "lengths", $"64 rows, 32 new tokens up to position {t}, small model", 25, Shape.Small,
            new DecodeSizes(64, t - 33, 33, Soft: true) { WithoutPrompt = true })),
        .. PeerScenario.Types.Select(t => new PeerScenario(t)),
        new DecodeScenario(
            PeerOurs, "peers", "ours on the same threads: plain tokens, 64 rows", 40, null, Decode with { Soft = false }),
    ];

    /// <summary>The scenarios of some parts, all where there are none.</summary>
    /// <exception cref="UserError">There is no such part.</exception>
    public static IReadOnlyList<Scenario> Of(IReadOnlyList<string> parts)
    {
        foreach (var part in parts)
            if (Parts.All(p => p.Name != part))
            {
                var near = NearestName.Of(part, Parts.Select(p => p.Name)) is { } name ? $"; did you mean '{name}'?" : "";
                throw new UserError($"there is no part '{part}'{near} Parts: {string.Join(", ", Parts.Select(p => p.Name))}; "
                    + "recipe keys are given as key=value");
            }
        return [.. All.Where(s => parts.Count == 0 || parts.Contains(s.Part))];
    }
}
