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

    [Theory]
    [InlineData(27.1, 25.0, "After reinforcement learning, thoughts that carry a set are above thoughts that are words: +27.1 "
        + "[+26.1, +28.1] points at pass@1, +25.0 [+24.0, +26.0] at pass@32.")]
    [InlineData(-3.0, -2.0, "After reinforcement learning, thoughts that carry a set are below thoughts that are words: −3.0 "
        + "[−4.0, −2.0] points at pass@1, −2.0 [−3.0, −1.0] at pass@32.")]
    [InlineData(0.4, -0.9, "After reinforcement learning, thoughts that carry a set cannot be told apart from thoughts that are "
        + "words: +0.4 [−0.6, +1.4] points at pass@1, −0.9 [−1.9, +0.1] at pass@32.")]
    [InlineData(5.0, 0.0, "After reinforcement learning, thoughts that carry a set are above thoughts that are words at pass@1 "
        + "(+5.0 [+4.0, +6.0] points), and cannot be told apart from them at pass@32 (0.0 [−1.0, +1.0] points).")]
    [InlineData(-2.5, 3.0, "After reinforcement learning, thoughts that carry a set are below thoughts that are words at pass@1 "
        + "(−2.5 [−3.5, −1.5] points), and are above them at pass@32 (+3.0 [+2.0, +4.0] points).")]
    public void What_is_concluded_about_sets_follows_the_intervals(double one, double many, string expected)
    {
        var result = SampleQuickstart.Sets(one, many);
        Assert.Contains(expected, OneLine(QuickstartReport.ToText(result)));
        Assert.Contains("One warm start of each kind is no proof", OneLine(QuickstartReport.ToText(result)));
        var html = QuickstartReport.ToHtml(result);
        Assert.Contains("Before it, thoughts that carry a set are above", html);
        Assert.Contains("softly compare recipes/comparisons/sets-two.yaml", html);
        Assert.Contains("Minus path start", html);
        Assert.Contains("frontier-soft (own) is above the set start by", html);
        Assert.DoesNotContain("NaN", html);
        using var json = JsonDocument.Parse(QuickstartReport.ToJson(result));
        Assert.Equal(expected, json.RootElement.GetProperty("conclusion")[0].GetString());
    }

    [Fact]
    public void Thoughts_that_could_not_be_audited_are_told_of()
    {
        var result = SampleQuickstart.Sets(1, 1) with { Unaudited = "there is nothing to audit" };
        Assert.Contains("Not audited: there is nothing to audit", QuickstartReport.ToText(result));
        Assert.Contains("there is nothing to audit", QuickstartReport.ToHtml(result));
        Assert.Contains("\"unaudited\": \"there is nothing to audit\"", QuickstartReport.ToJson(result));
    }

    private static string OneLine(string text) => Regex.Replace(text, @"\s+", " ");

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
