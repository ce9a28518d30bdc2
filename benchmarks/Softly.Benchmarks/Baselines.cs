using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace Softly.Benchmarks;

/// <summary>Ratios recorded on one kind of machine.</summary>
/// <param name="Machine">Its kind; only the same kind is compared.</param>
/// <param name="Date">When.</param>
/// <param name="Command">How to measure again.</param>
/// <param name="Load">How busy the machine was.</param>
/// <param name="Tolerance">By what factor a ratio may differ without meaning anything.</param>
/// <param name="Ratios">Times as fast as the baseline of the same run.</param>
internal sealed record Baselines(
    string Machine, string Date, string Command, string Load, double Tolerance, SortedDictionary<string, double> Ratios)
{
    private static readonly JsonSerializerOptions Form = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string ThisMachine
    {
        get
        {
            var vectors = Vector512.IsHardwareAccelerated ? "AVX-512" : Vector256.IsHardwareAccelerated ? "256-bit" : "128-bit";
            var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
            return $"{Environment.ProcessorCount} vCPU {architecture}, {vectors}";
        }
    }

    /// <summary>The file of this kind of machine in benchmarks/baselines, if there is one.</summary>
    public static Baselines? Find(string repository)
    {
        var folder = Path.Combine(repository, "benchmarks", "baselines");
        if (!Directory.Exists(folder)) return null;
        return Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)
            .Select(file => JsonSerializer.Deserialize<Baselines>(File.ReadAllText(file), Form))
            .FirstOrDefault(b => b?.Machine == ThisMachine);
    }

    public static void Write(string file, IReadOnlyList<Ratio> ratios, string command)
    {
        var rounded = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var ratio in ratios) rounded[ratio.Benchmark] = Math.Round(ratio.Value, 2);
        var date = DateTime.UtcNow.ToString("yyyy-MM-dd");
        var all = new Baselines(ThisMachine, date, command, Busy(), 1.5, rounded);
        File.WriteAllText(file, JsonSerializer.Serialize(all, Form) + "\n");
    }

    private static string Busy() => File.Exists("/proc/loadavg")
        ? $"load average {File.ReadAllText("/proc/loadavg").Split(' ')[1]} over 5 minutes, {Environment.ProcessorCount} cores"
        : "unknown";
}
