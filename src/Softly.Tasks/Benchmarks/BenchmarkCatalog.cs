namespace Softly.Tasks;

/// <summary>The benchmarks by name.</summary>
public static class BenchmarkCatalog
{
    /// <summary>All of them: mathematics, then choices, then programs.</summary>
    public static IReadOnlyList<Benchmark> All { get; } =
    [
        new("aime2024", "AIME 2024, both rounds: integers", 30, "math", ("HuggingFaceH4/aime_2024", "*.parquet"))
        {
            Files = ["aime2024", "aime24", "aime_2024"], CompletionLength = 8192,
        },
        new("aime2025", "AIME 2025, both rounds: integers", 30, "math", ("math-ai/aime25", "*test*"))
        {
            Files = ["aime2025", "aime25", "aime_2025"], CompletionLength = 8192,
        },
        new("amc23", "AMC 12 2023, both rounds: integers", 40, "math", ("math-ai/amc23", "*test*"))
        {
            Files = ["amc23", "amc_23"],
        },
        new("math500", "MATH-500: LaTeX answers", 500, "math", ("HuggingFaceH4/MATH-500", "test.jsonl"))
        {
            Files = ["math500", "math500_test", "math_500"],
        },
        new("gsm8k", "GSM8K, test: integers", 1319, "math", ("openai/gsm8k", "main/test-*.parquet"))
        {
            Files = ["gsm8k_test", "gsm8k"], CompletionLength = 2048,
        },
        new("olympiad_bench", "OlympiadBench, English open-ended mathematics: LaTeX answers", 675, "math",
            ("Hothan/OlympiadBench", "*OE_TO_maths_en_COMP*.parquet"))
        {
            Files = ["olympiad_bench", "olympiadbench"],
        },
        new("gpqa_diamond", "GPQA diamond: one of four choices", 198, "choice", ("fingertap/GPQA-Diamond", "*.parquet"))
        {
            Files = ["gpqa_diamond", "gpqa"], Prompt = BenchmarkPrompt.Choice, GuessChance = 0.25,
        },
        new("humaneval", "HumanEval: Python functions from their beginnings", 164, "code",
            ("openai/openai_humaneval", "*test-*.parquet"))
        {
            Files = ["humaneval", "HumanEval"], Prompt = BenchmarkPrompt.Function, CompletionLength = 2048,
            IsOfPrograms = true,
        },
        new("mbpp", "MBPP, the hand-verified subset's test part: Python functions from a sentence and tests", 257, "code",
            ("google-research-datasets/mbpp", "sanitized/test-*.parquet"))
        {
            Files = ["mbpp", "mbpp_sanitized", "sanitized-mbpp"], Prompt = BenchmarkPrompt.Program, CompletionLength = 2048,
            IsOfPrograms = true, Split = "test",
        },
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(b => b.Name)];

    /// <summary>A benchmark by name.</summary>
    /// <exception cref="ArgumentException">There is no such benchmark; the message has the nearest.</exception>
    public static Benchmark Find(string name)
    {
        if (All.FirstOrDefault(b => b.Name == name) is { } benchmark) return benchmark;
        var near = NearestName.Of(name, Names) is { } nearest ? $"; did you mean '{nearest}'?" : ".";
        throw new ArgumentException($"there is no benchmark '{name}'{near} Benchmarks: {string.Join(", ", Names)}.");
    }
}
