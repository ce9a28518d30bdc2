using System.Text;
using Softly.Models.Weights;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Cli.Benches;

/// <summary>
/// The project's pages on algorithms through a model's vocabulary, a page a text, with one thread and with all; and prompts of a
/// closed vocabulary. Told beside the bandwidth of memory, which a tokenizer could reach if texts were tokens already.
/// </summary>
internal sealed class TokenizerScenario() : Scenario("tokenizer", "tokenizer", "embedded pages, and prompts of Countdown", 25)
{
    public override void Run(Bench bench)
    {
        bench.Saw(Ceilings.Reading(1, 64L << 20, 3));
        if (bench.Options.Threads > 1) bench.Saw(Ceilings.Reading(bench.Options.Threads, 64L << 20, 3));
        var task = TaskCatalog.Find("countdown-3");
        Measure(
            bench, "words", new WordTokenizer(task.Vocabulary!),
            [.. task.Problems(Split.Train, bench.Options.Quick ? 20 : 4000, 1).Select(p => p.Prompt)]);
        if (Vocabulary(bench.Options) is not { } model)
        {
            bench.Skip("pages need a real vocabulary: give a model that has one with --model (files, or org/name once pulled)");
            return;
        }
        string[] pages = [.. Pages()];
        Measure(bench, "pages", model, bench.Options.Quick ? pages[..2] : pages);
    }

    private static void Measure(Bench bench, string what, Tokenizer tokenizer, string[] texts)
    {
        var bytes = texts.Sum(t => (long)Encoding.UTF8.GetByteCount(t));
        var tokens = texts.Sum(t => (long)tokenizer.Encode(t).Length);
        foreach (var threads in new[] { 1, bench.Options.Threads }.Distinct())
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
            var timing = bench.Patience.Measure(() =>
            {
                if (threads == 1)
                    foreach (var text in texts) tokenizer.Encode(text);
                else Parallel.ForEach(texts, options, text => tokenizer.Encode(text));
            }, bench.Doing);
            bench.Measured(new Measurement(
                $"tokenizer, {what}, {(threads == 1 ? "one thread" : "all threads")}", threads, timing,
                new Work(tokens, 0, bytes))
            {
                Setting = new Dictionary<string, string>
                {
                    ["texts"] = $"{texts.Length}", ["vocabulary"] = $"{tokenizer.VocabularySize}",
                },
                Numbers = new Dictionary<string, double> { ["bytes_per_second"] = bytes / timing.Best },
            });
        }
    }

    /// <summary>The vocabulary of the model that was given, if that is one's files.</summary>
    private static Tokenizer? Vocabulary(BenchOptions options)
    {
        if (options.Model is not { } given || Shape.Find(given).Path is not { } path) return null;
        using var weights = PretrainedWeights.Open(path, ModelName.Find);
        return Tokenizers.Of(path, weights);
    }

    private static IEnumerable<string> Pages()
    {
        var assembly = typeof(TokenizerScenario).Assembly;
        var names = assembly.GetManifestResourceNames().Where(n => n.StartsWith("texts/", StringComparison.Ordinal));
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }
}

/// <summary>Answers in natural language and in closed words, judged one after the other.</summary>
internal sealed class GraderScenario() : Scenario("graders", "graders", "answers as models write them", 15)
{
    /// <summary>Reference answers and completions: right, wrong, in other forms, without an answer, and long.</summary>
    private static readonly (string Answer, string Completion)[] Cases =
    [
        ("42", "6 rows of 7 are 42 apples. The answer is \\boxed{42}."),
        ("42", "6 rows of 7 are 42 apples.\n#### 42"),
        ("1,250", "Half of 2500 is 1250, so she pays \\boxed{1250} dollars."),
        ("\\frac{3}{4}", "Adding the parts, \\frac{1}{2} + \\frac{1}{4} = \\boxed{\\frac{3}{4}}."),
        ("\\frac{3}{4}", "That is \\boxed{0.75}, three quarters."),
        ("x^2 + 2x + 1", "Expanding the square gives \\boxed{x^2+2x+1}."),
        ("2\\sqrt{3}", "By Pythagoras the height is \\boxed{\\sqrt{12}}, or \\boxed{2\\sqrt{3}}."),
        ("(1, 2)", "The lines meet at \\boxed{(1,2)}."),
        ("7", "I am not sure; it may be 5 or 6."),
        ("-3", "Subtracting 8 from 5 leaves \\boxed{-3}"),
        ("90^\\circ", "The angle is \\boxed{90}."),
        ("15", string.Concat(Enumerable.Repeat("Let us check this once more: 3 times 5 is 15. ", 60)) + "#### 15"),
        ("15", string.Concat(Enumerable.Repeat("Let us check this once more: 3 times 5 is 16. ", 60)) + "\\boxed{16}"),
    ];

    public override void Run(Bench bench)
    {
        bench.Saw(Ceilings.Reading(1, 64L << 20, 3));
        foreach (var name in Graders.Names)
        {
            var grader = Graders.Find(name);
            Measure(bench, name, Cases.Length, Cases.Sum(c => c.Completion.Length), times =>
            {
                for (var i = 0; i < times; i++)
                    foreach (var (answer, completion) in Cases) grader.Grade(answer, completion);
            });
        }
        var task = TaskCatalog.Find("countdown-3");
        var problems = task.Problems(Split.Train, 100, 1);
        string[] completions = [.. problems.Select((p, i) =>
            i % 4 == 0 ? "1 + 2 3 + 4 > 1 + 2 + 4 <end>" : string.Join(' ', task.Demonstrate(p, new Random(i))!.Steps
                .SelectMany(s => s.Target.Take(1)).Select(w => w.Word)))];
        Measure(bench, task.Name, problems.Count, completions.Sum(c => c.Length), times =>
        {
            for (var i = 0; i < times; i++)
                for (var p = 0; p < problems.Count; p++) task.Grade(problems[p], completions[p]);
        });
    }

    private static void Measure(Bench bench, string name, int count, long characters, Action<int> grade)
    {
        var times = bench.Options.Quick ? 1 : 200;
        var timing = bench.Patience.Measure(() => grade(times), bench.Doing);
        bench.Measured(new Measurement($"grader {name}", 1, timing, new Work(0, 0, sizeof(char) * (double)characters * times))
        {
            Numbers = new Dictionary<string, double>
            {
                ["gradings_per_second"] = count * times / timing.Best,
                ["characters_per_second"] = characters * times / timing.Best,
            },
        });
    }
}
