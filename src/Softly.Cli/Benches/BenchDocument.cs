using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Softly.Cli.Benches;

/// <summary>
/// All that a run of <c>softly bench</c> found: what was measured, the limits beside it, and what follows from both. Its JSON is
/// described in docs/performance.md.
/// </summary>
internal sealed record BenchDocument
{
    public const string Name = "softly-bench-1";

    public static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Which layout this is.</summary>
    public string Schema { get; init; } = Name;

    /// <summary>The kind of machine: ratios of one kind are compared.</summary>
    public required string Machine { get; init; }

    /// <summary>The processor by its own name; null where the system does not say it.</summary>
    public string? Processor { get; init; }

    public required string Date { get; init; }
    public required string Command { get; init; }

    /// <summary>How busy the machine was at the end.</summary>
    public required string Load { get; init; }

    /// <summary>What ran it.</summary>
    public required string Runtime { get; init; }

    public required int Threads { get; init; }
    public required int Seed { get; init; }
    public required bool Quick { get; init; }

    /// <summary>The best of every limit seen in the run.</summary>
    public required IReadOnlyList<Ceiling> Ceilings { get; init; }

    public required IReadOnlyList<Measurement> Measurements { get; init; }

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyDictionary<string, string> Skipped { get; init; } = new Dictionary<string, string>();

    /// <summary>What broke, and what it said.</summary>
    public IReadOnlyDictionary<string, string> Failed { get; init; } = new Dictionary<string, string>();

    /// <summary>What follows from the measurements.</summary>
    public IReadOnlyList<Figure> Figures => [.. Benches.Figures.Of(this)];

    /// <summary>A limit; null where it was not seen.</summary>
    public double? Limit(string what, int threads) =>
        Ceilings.FirstOrDefault(c => c.What == what && c.Threads == threads)?.Value;

    /// <summary>A measurement; null where there is none.</summary>
    public Measurement? Find(string name) => Measurements.FirstOrDefault(m => m.Name == name);

    /// <summary>Operations a second as a share of a limit, where both are known.</summary>
    /// <param name="m">What was measured.</param>
    /// <param name="what">The limit.</param>
    /// <param name="median">By the median's time and not by the best.</param>
    public double? Share(Measurement m, string what, bool median = false)
    {
        var done = what == Ceiling.Read ? m.Work.Bytes : m.Work.Flops;
        return done > 0 && Limit(what, m.Threads) is { } limit
            ? done / (median ? m.Seconds.Median : m.Seconds.Best) / 1e9 / limit
            : null;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="UserError">It is not there, or something else.</exception>
    public static BenchDocument Read(string path)
    {
        if (!File.Exists(path)) throw new UserError($"{path}: there is no such file; expected one that softly bench --out wrote");
        try
        {
            var read = JsonSerializer.Deserialize<BenchDocument>(File.ReadAllText(path), Form);
            return read?.Schema == Name ? read : throw new JsonException($"schema is '{read?.Schema}', expected '{Name}'");
        }
        catch (JsonException e)
        {
            throw new UserError($"{path}: not what softly bench --out writes: {e.Message}");
        }
    }

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Form) + "\n");

    /// <summary>This machine's kind, as the micro-benchmarks call it too.</summary>
    public static string ThisMachine
    {
        get
        {
            var vectors = Vector512.IsHardwareAccelerated ? "AVX-512" : Vector256.IsHardwareAccelerated ? "256-bit" : "128-bit";
            return $"{Environment.ProcessorCount} vCPU {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}, "
                + vectors;
        }
    }

    public static string? ThisProcessor => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1].Trim()
        : null;

    public static string LoadNow => File.Exists("/proc/loadavg")
        ? $"load average {File.ReadAllText("/proc/loadavg").Split(' ')[1]} over 5 minutes, {Environment.ProcessorCount} cores"
        : "unknown";

    public static string Today => DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
