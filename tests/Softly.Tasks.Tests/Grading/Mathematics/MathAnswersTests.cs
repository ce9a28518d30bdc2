using System.Globalization;
using System.Text.Json;
using Softly.Tasks;
using Softly.Tasks.Mathematics;

namespace Softly.Tests.Grading.Mathematics;

public sealed class MathAnswersTests
{
    [Fact]
    public void What_a_mathematician_takes_for_the_same_is_right() => AssertAll(OwnCases.Right, right: true);

    [Fact]
    public void What_is_not_the_same_is_wrong() => AssertAll(OwnCases.Wrong, right: false);

    [Fact]
    public void Every_reference_answer_is_right_under_itself_and_in_other_spellings()
    {
        var wrong = new List<string>();
        foreach (var gold in Golds())
        {
            foreach (var spelling in Spellings(gold))
                if (MathAnswers.Judge(gold, spelling) is { IsRight: false } judged) wrong.Add($"{gold} | {spelling}\n    {judged}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count}:\n{string.Join("\n", wrong.Take(40))}");
    }

    [Fact]
    public void A_number_with_another_digit_is_wrong()
    {
        var wrong = new List<string>();
        var options = new MathOptions { Multiset = true };
        // of a maximum and of what a chain of equalities passes through not every digit counts
        foreach (var gold in Golds().Where(g => !g.Contains(@"\max", StringComparison.Ordinal) && g.Count(c => c == '=') < 2))
        {
            // the first digit that certainly counts: not behind a subscript, not a zero in front
            var at = gold.IndexOfAny(['1', '2', '3', '4', '5', '6', '7', '8']);
            if (at < 0 || at > 0 && gold[at - 1] is '_' or '{' && gold[..at].Contains('_')) continue;
            var other = $"{gold[..at]}{(char)(gold[at] + 1)}{gold[(at + 1)..]}";
            if (MathAnswers.Judge(gold, other, options) is { IsRight: true } judged) wrong.Add($"{gold} | {other}\n    {judged}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count}:\n{string.Join("\n", wrong)}");
    }

    [Fact]
    public void Answers_that_count_as_one_do_so_in_both_directions()
    {
        foreach (var (gold, text, options) in Pairs(OwnCases.Right))
            Assert.Equal(MathAnswers.Same(gold, text, options), MathAnswers.Same(text, gold, options));
        Assert.True(MathAnswers.Same(@"\frac12", "0.5"));
        Assert.True(MathAnswers.Same("x=5", "5"));
        Assert.False(MathAnswers.Same("(2,\\infty)", "x>2")); // an interval answers the relation, not the other way round
        Assert.False(MathAnswers.Same("5", "6"));
    }

    [Fact]
    public void Verdicts_depend_neither_on_culture_nor_on_thread()
    {
        var pairs = Pairs(OwnCases.Right).Concat(Pairs(OwnCases.Wrong)).ToArray();
        var expected = pairs.Select(p => MathAnswers.Judge(p.Gold, p.Text, p.Options)).ToArray();
        var before = CultureInfo.CurrentCulture;
        // the texts of tr-TR and de-DE are not there without ICU; what would matter of them, and worse, is made by hand
        foreach (var (point, minus) in new[] { (",", "-"), (";", "~") })
        {
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat.NumberDecimalSeparator = point;
            culture.NumberFormat.NegativeSign = minus;
            var judged = new Judgement[pairs.Length];
            Parallel.For(0, pairs.Length, i =>
            {
                CultureInfo.CurrentCulture = culture;
                judged[i] = MathAnswers.Judge(pairs[i].Gold, pairs[i].Text, pairs[i].Options);
                CultureInfo.CurrentCulture = before;
            });
            for (var i = 0; i < pairs.Length; i++)
                Assert.Equal((expected[i].Verdict, expected[i].Rule, expected[i].Given), (judged[i].Verdict, judged[i].Rule, judged[i].Given));
        }
    }

    [Theory]
    [InlineData("5", "5", Verdict.Right)]
    [InlineData("5", "6", Verdict.Wrong)]
    [InlineData("5", "", Verdict.NoAnswer)]
    [InlineData("5", "  ", Verdict.NoAnswer)]
    [InlineData("5", "\\frac{", Verdict.Unparsable)]
    [InlineData("5", "?", Verdict.Unparsable)]
    [InlineData("5", "\\sum_{k=1}^{2000}\\sum_{j=1}^{2000}\\sqrt{kj}", Verdict.OverBudget)]
    public void Every_outcome_has_its_verdict(string gold, string text, Verdict expected) =>
        Assert.Equal(expected, MathAnswers.Judge(gold, text).Verdict);

    [Fact]
    public void A_judgement_says_how_both_were_read_and_what_decided()
    {
        var judged = MathAnswers.Judge(@"\dfrac{1}{2}", @"x = \sin 30^{\circ}");
        Assert.Equal((Verdict.Right, "equal canonical forms", "(1)/(2)", "x = sin(30 degrees)"),
            (judged.Verdict, judged.Rule, judged.Wanted, judged.Given));
        Assert.Equal("different fractions", MathAnswers.Judge("5", "6").Rule);
        Assert.Equal("equal at random points to 25 digits", MathAnswers.Judge(@"\sin 2x", @"2\sin x\cos x").Rule);
        Assert.Equal("brackets differ", MathAnswers.Judge("[0,1)", "[0,1]").Rule);
    }

    [Fact]
    public void What_is_hostile_ends_in_time()
    {
        var deep = new[]
        {
            Repeat("(", 3000) + "5" + Repeat(")", 3000), Repeat(@"\frac{1}{", 400) + "1" + Repeat("}", 400), Repeat("{", 2000) + "5",
            Repeat("[", 2000), Repeat(@"\{", 2000), Repeat("|", 4000), Repeat(@"\sqrt", 700), Repeat("-", 4000) + "5", Repeat("+", 4000),
            "5" + Repeat("!", 4000), "5" + Repeat("%", 4000), "5" + Repeat("/5", 2000), "2" + Repeat("^2", 2000), "x" + Repeat("'", 4000),
            Repeat("x^{", 1000) + "1" + Repeat("}", 1000), Repeat(@"\text{", 600) + "5" + Repeat("}", 600), Repeat("5,", 2000) + "5",
            Repeat(@"\sin", 1000) + "x", "1" + Repeat("+1", 2000), Repeat("1=", 2000) + "1", Repeat("a:", 2000) + "a",
            Repeat(@"\mathbb{R}\cup", 290) + @"\mathbb{R}", Repeat(@"(0,1)\cup", 450) + "(2,3)", "(x+y+z+w+v)^{64}(x-y)^{64}",
            "9^{9^{9^{9}}}", "10^{10^{10}}", "2000!!", "(2000!)!", "1000000!", @"\frac{1}{2006!}", @"\binom{10^{9}}{5\cdot10^{8}}",
            @"\prod_{k=1}^{2000}k!", @"\sum_{k=1}^{2000}\sum_{j=1}^{2000}\frac{1}{k+j}", @"\sum_{k=1}^{10^{9}}k", "e^{e^{e^{e^{e}}}}",
            Repeat("1", 4000), "0." + Repeat("1", 4000), "1e999999", "1.5E4999", Repeat(@"\pm1", 500), @"\{" + Repeat(@"\pm1,", 500) + @"1\}",
            @"\gcd(" + Repeat("9", 1900) + "," + Repeat("7", 1900) + ")", @"\sqrt{" + Repeat("7", 4000) + "}", Repeat(@"\vec", 900),
            Repeat("x_{", 900), Repeat(@"\begin{pmatrix}", 200), "ȧ́̂", "\uD835\uDFCF", "\0\u0001\uFFFF", Repeat("1,111", 700),
        };
        foreach (var text in deep)
        {
            foreach (var (gold, given) in new[] { ("5", text), (text, "5"), (text, text + " "), (@"\sqrt{2}+x", text) })
            {
                Judgement? judged = null;
                var thread = new Thread(() => judged = MathAnswers.Judge(gold, given), 1 << 20); // a small stack, on purpose
                thread.Start();
                thread.Join();
                if (judged!.Time.TotalSeconds > 0.3) TestContext.Current.TestOutputHelper!.WriteLine($"{judged.Time.TotalSeconds:0.00} s: {Short(gold)} | {Short(given)} {judged.Verdict} {judged.Rule}");
                Assert.True(judged!.Time.TotalSeconds < 1 && judged.Verdict != Verdict.Failed, $"{Short(gold)} | {Short(given)}: {judged}");
            }
        }
    }

    private static string Short(string text) => text.Length < 60 ? text : text[..60];

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static void AssertAll(string cases, bool right)
    {
        var wrong = new List<string>();
        foreach (var (gold, text, options) in Pairs(cases))
        {
            var judged = MathAnswers.Judge(gold, text, options);
            if (judged.IsRight != right || judged.Verdict == Verdict.Failed) wrong.Add($"{gold} | {text}\n    {judged}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count}:\n{string.Join("\n", wrong)}");
    }

    private static IEnumerable<(string Gold, string Text, MathOptions Options)> Pairs(string cases)
    {
        foreach (var line in cases.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(" || ");
            var options = new MathOptions();
            foreach (var option in parts.Skip(2))
            {
                using var value = JsonDocument.Parse(option.Split('=')[1]);
                options = options.With(option.Split('=')[0], value.RootElement);
            }
            yield return (parts[0], parts[1], options);
        }
    }

    /// <summary>An answer as other hands would write it.</summary>
    private static IEnumerable<string> Spellings(string gold)
    {
        yield return gold;
        yield return $"  ${gold.Trim('$')}$ .";
        yield return $@"\boxed{{{gold}}}";
        if (!gold.Contains(@"\left", StringComparison.Ordinal) && gold.Count(c => c == '(') == gold.Count(c => c == ')'))
            yield return gold.Replace("(", @"\left(").Replace(")", @"\right)");
        yield return gold.Replace(@"\frac", @"\dfrac");
        yield return gold.Replace("-", "−").Replace(@"\pi", "π").Replace(@"\infty", "∞").Replace(@"\cup", "∪");
    }

    private static IEnumerable<string> Golds()
    {
        var golds = MathTableTests.Cases().Where(c => c.Category != "resource_guard").Select(c => c.Gold);
        foreach (var file in new[] { "aime2024", "aime2025", "amc23", "math500", "gsm8k_test", "olympiad_bench" })
            golds = golds.Concat(File.ReadLines(Reference.Require("data", $"{file}.jsonl")).Select(Answer));
        return golds.Distinct();

        static string Answer(string line)
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("answer").GetString()!;
        }
    }
}
