using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests;

/// <summary>Reading tables of right answers, and comparing with them. The worst deviation goes to the test's output.</summary>
internal static class Table
{
    /// <summary>The cases of a file of JSON lines under golden/losses.</summary>
    public static IEnumerable<JsonElement> Losses(string name, Func<JsonElement, bool>? where = null)
    {
        var cases = File.ReadLines(Reference.Require("golden", "losses", name + ".jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement).Where(c => where is null || where(c)).ToArray();
        Assert.NotEmpty(cases);
        return cases;
    }

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    public static double? NumberOrNull(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    public static int[] Ints(this JsonElement element, string name) => [.. Flat(element.GetProperty(name)).Select(n => (int)n)];

    /// <summary>All numbers below an element, row after row.</summary>
    public static double[] Numbers(this JsonElement element, string name) => [.. Flat(element.GetProperty(name))];

    /// <summary>The same, each row apart.</summary>
    public static double[][] Rows(this JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(row => Flat(row).ToArray())];

    private static IEnumerable<double> Flat(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Flat),
        JsonValueKind.True => [1],
        JsonValueKind.False => [0],
        JsonValueKind.String => [double.Parse(element.GetString()!)],
        _ => [element.GetDouble()],
    };

    /// <summary>Throws where two arrays of equal length differ by more than a tolerance anywhere.</summary>
    public static void Near(double tolerance, IReadOnlyList<double> expected, double[] actual, string what)
    {
        Assert.Equal(expected.Count, actual.Length);
        var worst = 0.0;
        for (var i = 0; i < expected.Count; i++)
        {
            var off = expected[i].Equals(actual[i]) ? 0 : Math.Abs(expected[i] - actual[i]);
            Assert.True(off <= tolerance,
                $"{what} [{i}]: {actual[i]:R}, expected {expected[i]:R}, off {off:G3}, tolerance {tolerance:G3}");
            worst = Math.Max(worst, off);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: worst {worst:G2} of {tolerance:G2}");
    }

    /// <inheritdoc cref="Near(double, IReadOnlyList{double}, double[], string)"/>
    public static void Near(double tolerance, IReadOnlyList<double> expected, Tensor actual, string what) =>
        Near(tolerance, expected, Some.Host(actual), what);

    /// <summary>The tolerance of golden/losses: 1e-10 of one plus the array's largest number.</summary>
    public static void Near(IReadOnlyList<double> expected, Tensor actual, string what) =>
        Near(Tolerance(expected), expected, actual, what);

    /// <inheritdoc cref="Near(IReadOnlyList{double}, Tensor, string)"/>
    public static void Near(IReadOnlyList<double> expected, double[] actual, string what) =>
        Near(Tolerance(expected), expected, actual, what);

    private static double Tolerance(IReadOnlyList<double> expected) =>
        1e-10 * (1 + expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max());
}
