using System.Diagnostics;
using System.Text.Json;
using Softly.Tasks;
using Softly.Tasks.Mathematics;

namespace Softly.Tests.Grading.Mathematics;

/// <summary>The reference table of answers and verdicts.</summary>
public sealed class MathTableTests
{
    internal sealed record Case(string Kind, string Gold, string Text, bool Expected, string Tier, string Category, MathOptions Options)
    {
        public override string ToString() =>
            $"{Tier} {Category}: {Short(Gold)} | {Short(Text)} must be {(Expected ? "right" : "wrong")}";

        private static string Short(string text) => text.Length < 160 ? text : text[..80] + " … " + text[^80..];
    }

    [Fact]
    public void Answers_of_the_table_are_judged_as_it_says() =>
        AssertAll("answer", c => (MathAnswers.Judge(c.Gold, c.Text, c.Options), c.Text));

    [Fact]
    public void Completions_of_the_table_are_judged_as_it_says() => AssertAll("response", c =>
    {
        var (found, judged) = new MathGrader("table", c.Options).Explain(c.Gold, c.Text);
        return (judged, found?.Text);
    });

    private static void AssertAll(string kind, Func<Case, (Judgement? Judged, string? Found)> judge)
    {
        var clock = Stopwatch.StartNew();
        var cases = Cases().Where(c => c.Kind == kind).ToArray();
        var results = cases.Select(c => (Case: c, Outcome: judge(c))).ToArray();
        var missed = results.Where(r => (r.Outcome.Judged?.IsRight ?? false) != r.Case.Expected).ToArray();
        var report = string.Join("\n", missed.Select(m => $"{m.Case}\n    found {m.Outcome.Found ?? "nothing"}\n    {m.Outcome.Judged}"));
        Assert.True(missed.Length == 0, $"{missed.Length} of {cases.Length}:\n{report}");
        Assert.DoesNotContain(results, r => r.Outcome.Judged is { } j && (j.Time.TotalSeconds > 1 || j.Verdict == Verdict.Failed));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    internal static IEnumerable<Case> Cases()
    {
        foreach (var line in File.ReadLines(Reference.Require("graders", "math_cases.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            string Column(string name) => row.GetProperty(name).GetString()!;
            var options = new MathOptions();
            if (row.TryGetProperty("policy", out var policy) && policy.ValueKind == JsonValueKind.Object)
                foreach (var option in policy.EnumerateObject()) options = options.With(option.Name, option.Value);
            yield return new Case(Column("kind"), Column("gold"), Column("pred"), row.GetProperty("expected").GetBoolean(),
                Column("tier"), Column("category"), options);
        }
    }
}
