using System.Text.Json;

namespace Softly.Runs;

/// <summary>One problem's outcome: <paramref name="Right"/> of <paramref name="Samples"/> answers were right (c of n).</summary>
public readonly record struct ProblemCount(string ProblemId, int Samples, int Right);

/// <summary>pass@k for one k, as a share from 0 to 1, with its 95 % interval.</summary>
/// <param name="K">How many tries.</param>
/// <param name="Share">The estimate.</param>
/// <param name="Guess">What guessing gives for the same k; null where the task has no guessing baseline.</param>
public readonly record struct PassAt(int K, Estimate Share, double? Guess = null);

/// <summary>One evaluation: one arm's weights at one step, one way of decoding.</summary>
public sealed record EvaluationRecord
{
    /// <summary>What was trained, for example <c>grpo</c> or <c>soft-grpo winner</c>.</summary>
    public required string Arm { get; init; }

    /// <summary>How answers were drawn, for example <c>own</c> or <c>discrete T=1</c>.</summary>
    public required string Decoding { get; init; }

    /// <summary>Training steps behind the weights; 0 is the start.</summary>
    public required int Step { get; init; }

    /// <summary>The task's name.</summary>
    public string Task { get; init; } = "";

    /// <summary>Seed of the training run; null where there was no training.</summary>
    public long? Seed { get; init; }

    /// <summary>pass@k for every k asked.</summary>
    public required IReadOnlyList<PassAt> PassAtK { get; init; }

    /// <summary>Outcome of each problem, in the task's order: what paired comparisons need.</summary>
    public IReadOnlyList<ProblemCount> Problems { get; init; } = [];

    /// <summary>Mean entropy in nats at the first thought position; null where not measured.</summary>
    public double? FirstThoughtEntropy { get; init; }

    /// <summary>Any other numbers: lengths, majority vote, seconds.</summary>
    public IReadOnlyDictionary<string, double> Numbers { get; init; } = new Dictionary<string, double>();

    /// <summary>pass@k for that k; null where it was not asked.</summary>
    public PassAt? At(int k)
    {
        foreach (var pass in PassAtK)
            if (pass.K == k) return pass;
        return null;
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("arm", Arm);
        json.WriteString("decoding", Decoding);
        json.WriteNumber("step", Step);
        json.WriteString("task", Task);
        if (Seed is { } seed) json.WriteNumber("seed", seed);
        json.WriteStartArray("pass_at_k");
        foreach (var (k, share, guess) in PassAtK)
        {
            json.WriteStartObject();
            json.WriteNumber("k", k);
            json.WriteNumberOrNull("estimate", share.Value);
            json.WriteNumberOrNull("low", share.Low);
            json.WriteNumberOrNull("high", share.High);
            if (guess is { } chance) json.WriteNumberOrNull("guess", chance);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (FirstThoughtEntropy is { } entropy) json.WriteNumberOrNull("first_thought_entropy", entropy);
        json.WriteStartObject("numbers");
        foreach (var (name, value) in Numbers) json.WriteNumberOrNull(name, value);
        json.WriteEndObject();
        json.WriteStartArray("problems");
        foreach (var (id, samples, right) in Problems)
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteNumber("n", samples);
            json.WriteNumber("c", right);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal static EvaluationRecord Parse(JsonElement json)
    {
        return new EvaluationRecord
        {
            Arm = json.GetProperty("arm").GetString()!,
            Decoding = json.GetProperty("decoding").GetString()!,
            Step = json.GetProperty("step").GetInt32(),
            Task = json.GetProperty("task").GetString()!,
            Seed = json.TryGetProperty("seed", out var seed) ? seed.GetInt64() : null,
            PassAtK = [.. json.GetProperty("pass_at_k").EnumerateArray().Select(pass => new PassAt(
                pass.GetProperty("k").GetInt32(),
                new Estimate(
                    Number(pass.GetProperty("estimate")), Number(pass.GetProperty("low")), Number(pass.GetProperty("high"))),
                pass.TryGetProperty("guess", out var guess) ? Number(guess) : null))],
            FirstThoughtEntropy = json.TryGetProperty("first_thought_entropy", out var entropy) ? Number(entropy) : null,
            Numbers = json.GetProperty("numbers").EnumerateObject().ToDictionary(p => p.Name, p => Number(p.Value)),
            Problems = [.. json.GetProperty("problems").EnumerateArray().Select(p => new ProblemCount(
                p.GetProperty("id").GetString()!, p.GetProperty("n").GetInt32(), p.GetProperty("c").GetInt32()))],
        };

        static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();
    }
}
