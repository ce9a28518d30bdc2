using Softly.Runs;
using Softly.Tasks.Statistics;

namespace Softly.Cli.Evaluating;

/// <summary>The answers to one problem, those without a verdict left out: what every estimate is made from.</summary>
/// <param name="ProblemId">The problem.</param>
/// <param name="Samples">At most n answers, in their order.</param>
internal sealed record Answers(string ProblemId, IReadOnlyList<SampleRecord> Samples)
{
    /// <summary>Whether each is right.</summary>
    public IReadOnlyList<bool> Right { get; } = [.. Samples.Select(s => s.IsRight)];

    /// <summary>Answers of one problem together, problems in the order they come.</summary>
    public static IReadOnlyList<Answers> Of(IEnumerable<SampleRecord> samples) =>
        [.. samples.GroupBy(s => s.ProblemId).Select(g => new Answers(
            g.Key, [.. g.Where(s => s.Verdict != "failed").OrderBy(s => s.Sample)]))];

    /// <summary>Unbiased pass@k; NaN where there are too few answers with a verdict.</summary>
    public double Pass(int k) => k > Samples.Count ? double.NaN : PassAtK.Unbiased(Samples.Count, Right.Count(r => r), k);

    /// <summary>Whether one of the first k is right; NaN where there are too few.</summary>
    public double First(int k) => k > Samples.Count ? double.NaN : PassAtK.FirstK(Right, k);

    /// <summary>Whether the vote of k is right, over choices of k; NaN where there are too few.</summary>
    public double Majority(int k) =>
        k > Samples.Count ? double.NaN : MajorityVote.At([.. Samples.Select(s => s.AnswerClass)], Right, k);

    /// <summary>The mean of a quantity over the answers that have it; NaN where none has.</summary>
    public double Mean(Func<SampleRecord, double?> quantity) =>
        Samples.Select(quantity).OfType<double>().DefaultIfEmpty(double.NaN).Average();
}
