using System.Text.Json;
using System.Text.RegularExpressions;
using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Runs;

public sealed class QuickstartReportTests
{
    [Fact]
    public void The_page_looks_as_expected() =>
        Expectation.Matches("quickstart.html", WithoutLooks(QuickstartReport.ToHtml(SampleQuickstart.Result())));

    [Fact]
    public void The_console_text_looks_as_expected() =>
        Expectation.Matches("quickstart.txt", QuickstartReport.ToText(SampleQuickstart.Result(), 80));

    [Fact]
    public void The_json_names_are_stable() =>
        Expectation.Matches("quickstart.json", QuickstartReport.ToJson(SampleQuickstart.Result(steps: 1)));

    [Fact]
    public void Sentences_claim_only_what_intervals_support()
    {
        var html = QuickstartReport.ToHtml(SampleQuickstart.Result());
        Assert.Contains("SofT-GRPO winner (soft) is below GRPO on the soft support by 1.3 points", html);
        Assert.Contains("SofT-GRPO winner (soft) cannot be told apart from GRPO on the soft support: 0.0", html);
        Assert.Contains("do not cover other seeds", html);
    }

    [Fact]
    public void A_result_with_nothing_in_it_still_makes_a_page()
    {
        var empty = SampleQuickstart.Result() with
        {
            Arms = [], Decodings = [], Evaluations = [], Guess = [], Matched = [], Durations = [], Control = "",
            WarmStart = new QuickstartWarmStart(0, 0, double.NaN, double.NaN),
        };
        Assert.Contains("</html>", QuickstartReport.ToHtml(empty));
        Assert.NotEmpty(QuickstartReport.ToText(empty));
        using var json = JsonDocument.Parse(QuickstartReport.ToJson(empty));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("warm_start").GetProperty("loss").ValueKind);
    }

    [Fact]
    public void Overlap_with_training_is_said()
    {
        var result = SampleQuickstart.Result();
        var overlapping = result with { Task = result.Task with { HeldOut = false } };
        Assert.Contains("not generalisation", QuickstartReport.ToHtml(overlapping));
    }

    // Charts have files of their own, and the style sheet is seen in the browser; here they would only make changes long.
    private static string WithoutLooks(string html) => Regex.Replace(
        Regex.Replace(html, "<style>.*?</style>", "", RegexOptions.Singleline), "<svg.*?(aria-label=.*?)>.*?</svg>",
            "<svg $1/>", RegexOptions.Singleline);
}
