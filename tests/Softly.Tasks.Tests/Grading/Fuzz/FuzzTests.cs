using System.Diagnostics;
using System.Globalization;
using Softly.Tasks;
using Softly.Tasks.Mathematics;

namespace Softly.Tests.Grading.Fuzz;

/// <summary>
/// 200,000 texts that only look like answers, always the same ones, judged against real reference answers; more with
/// SOFTLY_FUZZ=10, which makes ten times as many. None may throw, be a fault, take a second, or leave memory behind.
/// </summary>
public sealed class FuzzTests
{
    private const int Count = 200_000;

    /// <summary>What a process may hold more at the end than when it was warm: tables of constants, not of answers.</summary>
    private const long Allowance = 8 << 20;

    private static int Factor { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("SOFTLY_FUZZ"), CultureInfo.InvariantCulture, out var f) ? f : 1;

    [Fact]
    public void Whatever_is_written_gets_a_verdict_soon_and_leaves_nothing_behind()
    {
        var (golds, answers) = AnswerSoup.Material();
        var soup = new AnswerSoup(answers);
        for (var i = 0; i < 2000; i++) Judge(soup, golds, i); // what is made once in a process is no leak
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        var workers = Math.Max(1, Math.Min(2, Environment.ProcessorCount));
        var runs = Enumerable.Range(0, workers).Select(w => new Run(soup, golds, w, workers)).ToArray();
        foreach (var run in runs) run.Start();
        foreach (var run in runs) run.Wait();
        var left = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(left < Allowance, $"{left:N0} bytes are held more than before");
        var slowest = runs.MaxBy(r => r.Slowest)!;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Count * Factor:N0} texts in {watch.Elapsed.TotalSeconds:0.0} s; slowest {slowest.Slowest.TotalMilliseconds:0} ms "
                + $"(text {slowest.SlowestAt}); {left:N0} bytes more; {runs.Sum(r => r.Right):N0} right, "
                + $"{runs.Sum(r => r.Stopped):N0} over budget");
        Assert.True(runs.Sum(r => r.Right) > Count / 1000, "hardly any text was right: the texts are too far from answers");
        Assert.True(runs.Sum(r => r.Right) < Count * Factor / 4, "too many texts were right");
    }

    /// <summary>Judges a text cut out and as a whole output; false where it is a fault.</summary>
    private static (Verdict Answer, Verdict Response) Judge(AnswerSoup soup, string[] golds, int number)
    {
        var text = soup.Make(number);
        var gold = golds[(int)((uint)number * 2_654_435_761 % (uint)golds.Length)];
        return number % 2 == 0
            ? (MathAnswers.Judge(gold, text).Verdict, MathGrader.Strict.Grade(gold, text).Verdict)
            : (Verdict.Wrong, MathGrader.Evaluation.Grade(gold, text).Verdict);
    }

    /// <summary>A share of the texts, on a stack as threads of a pool have it.</summary>
    private sealed class Run(AnswerSoup soup, string[] golds, int first, int step)
    {
        private static readonly TimeSpan Most = TimeSpan.FromSeconds(1);

        private Thread? _thread;
        private string? _wrong;
        private int _at;
        private long _begun = Stopwatch.GetTimestamp();

        public TimeSpan Slowest { get; private set; }

        public int SlowestAt { get; private set; }

        public int Right { get; private set; }

        public int Stopped { get; private set; }

        public void Start()
        {
            _thread = new Thread(Go, 1 << 20) { IsBackground = true };
            _thread.Start();
        }

        /// <summary>Waits, and fails the test where a text went wrong or does not end.</summary>
        public void Wait()
        {
            while (!_thread!.Join(200))
            {
                if (Stopwatch.GetElapsedTime(Volatile.Read(ref _begun)) < TimeSpan.FromSeconds(20)) continue;
                _wrong = "no verdict within 20 s";
                break;
            }
            Assert.True(_wrong is null, $"text {_at}: {_wrong}\n{Shown(soup.Make(_at))}");
        }

        private void Go()
        {
            for (_at = first; _at < Count * Factor; _at += step)
            {
                Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
                try
                {
                    var (answer, response) = Judge(soup, golds, _at);
                    if (answer == Verdict.Failed || response == Verdict.Failed) _wrong = "a fault of ours";
                    if (answer == Verdict.Right || response == Verdict.Right) Right++;
                    if (answer == Verdict.OverBudget || response == Verdict.OverBudget) Stopped++;
                }
                catch (Exception e)
                {
                    _wrong = e.ToString();
                }
                var time = Stopwatch.GetElapsedTime(_begun);
                // Another process may have had the processor: a text that was slow once may try again.
                if (time > Most && _wrong is null)
                {
                    var again = Stopwatch.StartNew();
                    Judge(soup, golds, _at);
                    time = again.Elapsed;
                    if (time > Most) _wrong = $"took {time.TotalSeconds:0.0} s";
                }
                if (time > Slowest) (Slowest, SlowestAt) = (time, _at);
                if (_wrong is not null) return;
            }
        }

        private static string Shown(string text) => text.Length < 2000 ? text : $"{text[..1000]} … {text[^900..]}";
    }
}
