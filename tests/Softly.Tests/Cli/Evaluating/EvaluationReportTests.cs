using System.Text.Json;
using Softly.Cli.Evaluating;
using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Cli.Evaluating;

public class EvaluationReportTests
{
    internal static EvaluationResult Sample()
    {
        var discrete = SomeSamples.Of(60, 16, 1, 0.45);
        var soft = SomeSamples.Of(60, 16, 2, 0.55);
        var guess = discrete.Select(s => s.ProblemId).Distinct().ToDictionary(id => id, _ => 0.05);
        return new EvaluationResult
        {
            Name = "tiny on sums",
            CommandLine = "softly evaluate tiny --benchmarks sums --modes discrete,soft",
            Settings = [new("seed", "1"), new("model", "tiny <b>bold</b>")],
            Parts =
            [
                Summaries.Of("sums", "discrete", discrete, 16, guess), Summaries.Of("sums", "soft", soft, 16, guess),
                Summaries.Of("words", "soft", [.. SomeSamples.Of(9, 1, 3).Select((s, i) => i == 4
                    ? s with { Verdict = "failed", Score = double.NaN } : s)], 1),
            ],
            Comparisons = [Pairing.Of("sums", ("soft", [soft]), ("discrete", [discrete]))],
            Examples = [new AnswerExample("sums discrete", "1 + 1 = ? <script>", "2", discrete[0])],
        };
    }

    [Fact]
    public void All_four_forms_say_the_same_numbers()
    {
        var result = Sample();
        var mean = result.Parts[0].Mean.Times(100).Text();
        foreach (var text in new[] { EvaluationReport.ToMarkdown(result), EvaluationReport.ToText(result, 160) })
            Assert.Contains(mean, text);
        Assert.Contains(result.Parts[0].Mean.Times(100).ValueText(), EvaluationReport.ToHtml(result));
        using var json = JsonDocument.Parse(EvaluationReport.ToJson(result));
        var part = json.RootElement.GetProperty("parts")[0];
        Assert.Equal(result.Parts[0].Mean.Value, part.GetProperty("mean").GetProperty("estimate").GetDouble());
        Assert.Equal(16, part.GetProperty("samples").GetInt32());
        var difference = json.RootElement.GetProperty("comparisons")[0].GetProperty("differences").GetProperty("pass@1");
        Assert.Equal(result.Comparisons[0].Differences[0].Value.Value, difference.GetProperty("estimate").GetDouble());
    }

    [Fact]
    public void What_models_and_users_wrote_cannot_become_markup()
    {
        var page = EvaluationReport.ToHtml(Sample());
        Assert.DoesNotContain("<script>", page);
        Assert.DoesNotContain("<b>bold</b>", page);
    }

    [Fact]
    public void A_verifier_that_failed_is_the_first_thing_one_reads()
    {
        var text = EvaluationReport.ToText(Sample());
        Assert.StartsWith("words soft: the verifier failed on 1 answer, which is left out of every estimate", text);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    public void The_text_fits_the_terminal(int width) =>
        Assert.All(EvaluationReport.ToText(Sample() with { Comparisons = [] }, width).Split('\n').Skip(1),
            line => Assert.True(line.Length <= width, line));
}
