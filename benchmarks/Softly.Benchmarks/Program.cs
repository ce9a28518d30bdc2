using BenchmarkDotNet.Running;
using Softly.Benchmarks;

// ./build.sh bench                                every benchmark, then the ratios and what was recorded
// ./build.sh bench --filter '*Decode*' --json     some of them, and BenchmarkDotNet's JSON under artifacts/benchmarks
// ./build.sh bench --record FILE                  also writes the ratios to a file, as in benchmarks/baselines
// Other words are BenchmarkDotNet's own. Ratios are for reading: nothing here fails because it was slow.
NativeThreads.SleepWhileWaiting();
var words = new List<string>(args);
string? record = null;
if (words.IndexOf("--record") is >= 0 and var at)
{
    if (at + 1 == words.Count)
    {
        Console.Error.WriteLine("--record needs the name of a file to write");
        return 2;
    }
    record = words[at + 1];
    words.RemoveRange(at, 2);
}
var command = string.Join(' ', ["./build.sh bench", .. words]);
if (words.IndexOf("--json") is >= 0 and var json)
{
    words.RemoveAt(json);
    words.AddRange(["--exporters", "json"]);
}
if (!words.Exists(w => w is "--filter" or "-f" or "--list" or "--help" or "--version" or "--info"))
    words.AddRange(["--filter", "*"]);

var ratios = Ratio.Of(BenchmarkSwitcher.FromAssembly(typeof(Ratio).Assembly).Run([.. words], Setting.Of()));
if (ratios.Count == 0) return 0;
var recorded = Baselines.Find(Environment.CurrentDirectory);
RatioTable.Print(Console.Out, ratios, recorded);
if (record is not null) Baselines.Write(record, ratios, command);
return 0;
