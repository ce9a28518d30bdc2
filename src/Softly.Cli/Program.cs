using System.Diagnostics;
using Softly.Algorithms;
using Softly.Cli;
using Softly.Models;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tasks.Statistics;
using Softly.Tokenization;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

var task = new Countdown(3);
var tok = new WordTokenizer(task.Vocabulary);
var config = new DecoderConfig { VocabularySize = 107, HiddenSize = 64, IntermediateSize = 128, Layers = 3, Heads = 2, KeyValueHeads = 2, HeadSize = 32, MaxPositions = 64, EndTokens = [1], PadToken = 0 };
int sft = int.Parse(args[0]), rl = int.Parse(args[1]);
var model = new Decoder(config); model.Initialize(1);
set_num_threads(2);
using var bench = new Workbench(model, tok, task, EngineKind.Simd, 2);
var train = task.Problems(Split.Train, int.MaxValue, 1); var test = task.Problems(Split.Test, 300, 1);
Console.WriteLine($"{train.Count} train, {test.Count} test");
var clock = Stopwatch.StartNew();
new SupervisedTrainer(model, new SupervisedOptions { Steps = sft }).Run(r => Lessons.Draw(task, train, bench.Reader, r), (s, l) => { if (s % 100 == 0) Console.WriteLine($"sft {s} {l:f4} {clock.Elapsed.TotalSeconds:f1}s"); });
bench.Engine.Refresh();
var hard = new SamplingOptions { MaxNewTokens = 14 };
var soft = hard with { Law = new GumbelSoftmax(), ThinkEnd = new ThinkEnd(tok.TokenId(">")) };
void Eval(string name, Workbench b, SamplingOptions o)
{
    var c = Stopwatch.StartNew();
    var r = b.Evaluate(test, 64, o, 7);
    Console.WriteLine($"{name}: " + string.Join(" / ", new[] { 1, 4, 16, 32 }.Select(k => $"{100 * r.Average(x => PassAtK.Unbiased(64, x.Right, k)):f1}")) + $"  H0 {r.Average(x => x.FirstEntropy):f2} {c.Elapsed.TotalSeconds:f1}s");
}
Eval("warm discrete", bench, hard); Eval("warm soft", bench, soft);
var threads = new[] { ("grpo", (IAlgorithm)new Grpo(), hard), ("paper", new SoftGrpo(SoftGrpo.Defaults with { Beta = 0 }), soft), ("winner", new SoftGrpo(SoftGrpo.Defaults with { Beta = 0 }, new GumbelWinner()), soft with { Law = new GumbelWinner() }) }.Select(arm => new Thread(() =>
{
    set_num_threads(1);
    var m = new Decoder(config); m.CopyFrom(model);
    using var b = new Workbench(m, tok, task, EngineKind.Simd, 1);
    using var t = new Trainer(m, null, b.Engine, b.Generator, arm.Item2, task, train, b.Reader.Read, new TrainingOptions { Steps = rl, LearningRate = 1e-4, WarmupSteps = 10, Schedule = Schedule.Constant, Sampling = arm.Item3 });
    double roll = 0, upd = 0;
    for (var i = 0; i < rl; i++) { var r = t.Step(); roll += r.Metrics["timing/rollout"]; upd += r.Metrics["timing/update"]; if (i % 50 == 49) Console.WriteLine($"{arm.Item1} {i + 1} reward {r.Metrics["reward"]:f3} gap {r.Metrics["sampling/sampling_logp_difference/max"]:g2} rollout {roll / (i + 1) * 1000:f0} ms update {upd / (i + 1) * 1000:f0} ms {clock.Elapsed.TotalSeconds:f0}s"); }
    Eval(arm.Item1 + " own", b, arm.Item3);
})).ToList();
threads.ForEach(t => t.Start()); threads.ForEach(t => t.Join());
Console.WriteLine($"total {clock.Elapsed.TotalSeconds:f0}s");
