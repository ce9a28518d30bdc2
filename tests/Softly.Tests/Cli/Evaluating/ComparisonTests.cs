using System.Text.Json;
using Softly.Cli;
using Softly.Cli.Evaluating;
using Softly.Runs;

namespace Softly.Tests.Cli.Evaluating;

/// <summary>Evaluations that are there already, against each other.</summary>
public sealed class ComparisonTests : IDisposable
{
    private readonly TemporaryFolder _at = new();

    private string Made(
        string name, int problems = 20, int seed = 1, string[]? modes = null, string grader = "math", int kept = int.MaxValue,
        string question = "1 + 1 = ?", double ease = 0.5)
    {
        var folder = _at[name];
        Directory.CreateDirectory(folder);
        var file = new EvaluationFile
        {
            Name = name, Samples = 4, Piece = 2, Settings = [new("seed", $"{seed}"), new("sums.grader", grader)],
            Parts = [.. (modes ?? ["discrete"]).Select(m => new EvaluationPart("sums", m, problems))],
        };
        file.Write(folder);
        foreach (var (part, i) in file.Parts.Select((p, i) => (p, i)))
        {
            var samples = SomeSamples.Of(problems, 4, seed + 100 * i, ease);
            AskedProblem.WriteAll(Path.Combine(folder, part.Questions),
                samples.Select(s => s.ProblemId).Distinct().Select(id => new AskedProblem(id, question, "2", null)));
            using var log = new SampleLog(Path.Combine(folder, part.Samples), 8, problems * 4);
            log.Append(samples.Take(kept));
        }
        return folder;
    }

    private JsonElement Compare(string a, string b)
    {
        EvaluationComparison.Run(Reporter.Quiet, a, b, _at["report"], "softly evaluate --compare");
        using var json = JsonDocument.Parse(File.ReadAllBytes(_at["report/summary.json"]));
        return json.RootElement.Clone();
    }

    private static string Words(JsonElement comparison) => comparison.GetProperty("words").ToString();

    [Fact]
    public void Modes_of_the_same_name_stand_against_each_other()
    {
        var (a, b) = (Made("a", modes: ["discrete", "soft"]), Made("b", seed: 7, modes: ["soft", "discrete"]));
        var found = Compare(a, b).GetProperty("comparisons").EnumerateArray().ToList();
        Assert.Equal(
            [("a discrete", "b discrete"), ("a soft", "b soft")],
            found.Select(c => (c.GetProperty("subject").GetString(), c.GetProperty("other").GetString())));
        Assert.Contains("the seeds differ (1 and 7)", Words(found[0]));
        Assert.True(File.Exists(_at["report/report.html"]));
    }

    [Fact]
    public void Two_modes_of_one_evaluation_are_named_behind_a_number_sign()
    {
        var folder = Made("a", modes: ["discrete", "soft"]);
        var found = Compare($"{folder}#soft", $"{folder}#discrete").GetProperty("comparisons")[0];
        Assert.Equal(("soft", "discrete"), (found.GetProperty("subject").GetString(), found.GetProperty("other").GetString()));
    }

    [Fact]
    public void Seeds_are_paired_in_their_order()
    {
        string[] a = [Made("a1", seed: 1, ease: 0.8), Made("a2", seed: 2, ease: 0.8)];
        string[] b = [Made("b1", seed: 1, ease: 0.3), Made("b2", seed: 2, ease: 0.3)];
        var all = Compare(string.Join(',', a), string.Join(',', b));
        var found = all.GetProperty("comparisons")[0];
        Assert.Equal(2, found.GetProperty("seeds").GetInt32());
        Assert.DoesNotContain("the seeds differ", Words(found));
        Assert.Contains("a1 discrete is above b1 discrete", Words(found));
        Assert.Equal(4, all.GetProperty("parts").GetArrayLength());
    }

    [Fact]
    public void One_that_is_not_whole_is_compared_on_what_is_there_and_said()
    {
        var found = Compare(Made("a"), Made("b", kept: 40)).GetProperty("comparisons")[0];
        Assert.Equal(10, found.GetProperty("problems").GetInt32());
        Assert.Contains("is not whole: 40 of 80 answers", Words(found));
    }

    [Fact]
    public void What_cannot_be_compared_is_refused_with_the_reason()
    {
        var folder = Made("a", modes: ["discrete", "soft"]);
        Says("sums: p0 is another problem in a than in b", folder, Made("b", question: "2 + 2 = ?"));
        Says("was judged by math and c by hendrycks", folder, Made("c", grader: "hendrycks"));
        Says("name one of each", $"{folder}#soft", folder);
        Says("has no mode noisy; it has discrete, soft", $"{folder}#noisy", folder);
        Says("there is no such folder", _at["nowhere"], folder);
        Says("not an evaluation (no evaluation.json)", _at.Path, folder);
        Says("there are no answers yet", folder, Made("empty", kept: 0));
        Assert.Contains("holds an evaluation, whose report would be written over", Assert.Throws<UserError>(
            () => EvaluationComparison.Run(Reporter.Quiet, folder, folder, folder, "")).Message);
        Says("has 1 evaluations and", folder, $"{folder},{folder}");

        void Says(string what, string a, string b) =>
            Assert.Contains(what, Assert.Throws<UserError>(() => Compare(a, b)).Message);
    }

    public void Dispose() => _at.Dispose();
}
