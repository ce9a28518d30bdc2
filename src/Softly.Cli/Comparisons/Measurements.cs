using System.Runtime.InteropServices;
using System.Text.Json;
using Softly.Cli.Evaluating;
using Softly.Cli.Recipes;
using Softly.Evaluation;
using Softly.Runs;
using Softly.Sampling;
using Softly.Training;

namespace Softly.Cli.Comparisons;

/// <summary>
/// What is measured of an arm beside its runs: made once and kept in the arm's folder, found there when the comparison goes on.
/// </summary>
internal sealed class Measurements(ComparisonFolder folder, Comparison comparison, CancellationToken stop)
{
    /// <summary>
    /// The record of an evaluation; null where it was not made, or with other problems or samples. Answers that could not be
    /// judged are not in it, but were asked.
    /// </summary>
    /// <param name="arm">Whose folder.</param>
    /// <param name="startSeed">From which model of its start.</param>
    /// <param name="decoding">A name for the decoding, and for the problems where they are others.</param>
    /// <param name="step">Steps behind the weights.</param>
    /// <param name="seed">The run's seed; null for the start.</param>
    /// <param name="ids">The problems asked.</param>
    /// <param name="samples">Answers to each.</param>
    public EvaluationRecord? Find(
        ComparisonArm arm, int startSeed, string decoding, int step, int? seed, IReadOnlyList<string> ids, int samples) =>
        EvaluationLog.Read(folder.Evaluations(arm, startSeed)).FirstOrDefault(e =>
            e.Arm == arm.Name && e.Decoding == decoding && e.Step == step && e.Seed == seed && Asked(e, ids, samples));

    private static bool Asked(EvaluationRecord record, IReadOnlyList<string> ids, int samples)
    {
        if (!record.Numbers.TryGetValue(Evaluations.Failed, out var failed))
            return record.Problems.Select(p => p.ProblemId).SequenceEqual(ids) && record.Problems.All(p => p.Samples == samples);
        var known = ids.ToHashSet();
        return record.Problems.All(p => known.Contains(p.ProblemId) && p.Samples <= samples)
            && record.Problems.Sum(p => p.Samples) + (long)failed == (long)ids.Count * samples;
    }

    /// <summary>The same, made where it is not there.</summary>
    /// <param name="recipe">Says how answers are drawn and which problems are asked.</param>
    /// <param name="model">The weights.</param>
    /// <param name="arm">Whose folder.</param>
    /// <param name="startSeed">From which model of its start.</param>
    /// <param name="decoding">A name for the decoding.</param>
    /// <param name="step">Steps behind the weights.</param>
    /// <param name="seed">The run's seed; null for the start.</param>
    public EvaluationRecord Evaluate(
        Recipe recipe, string model, ComparisonArm arm, int startSeed, string decoding, int step, int? seed)
    {
        var setup = new Setup(recipe with { Threads = 1 }, model, training: false);
        var problems = setup.Problems.Tests()[0].Problems;
        if (Find(arm, startSeed, decoding, step, seed, [.. problems.Select(p => p.Id)], recipe.EvalSamples) is { } made)
            return made;
        using var decoder = setup.MakeModel();
        using var bench = setup.MakeWorkbench(decoder);
        var results = new Evaluator(bench.Generator, setup.Task).Run(
            [.. problems.Select(bench.Reader.Read)], recipe.EvalSamples, setup.Sampling, (ulong)setup.Problems.EvalSeed,
            cancel: stop);
        var record = Evaluations.Record(arm.Name, decoding, step, setup.Task, results, seed);
        new EvaluationLog(folder.Evaluations(arm, startSeed)).Add(record);
        return record;
    }

    /// <summary>
    /// Gradient noise of an arm at the first model of its start; null where it was not measured with as many batches.
    /// </summary>
    public GradientFigures? Gradient(ComparisonArm arm)
    {
        var (figures, means) = Files(arm);
        if (!File.Exists(figures) || !File.Exists(means)) return null;
        try
        {
            var kept = JsonSerializer.Deserialize<KeptGradient>(File.ReadAllText(figures));
            return kept?.Batches != comparison.GradientBatches ? null : new GradientFigures(
                kept.Batches, kept.MeanSquare, kept.Variance,
                MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(means)).ToArray());
        }
        catch (JsonException e)
        {
            throw new UserError($"{figures}: not what a comparison writes: {e.Message}; delete it to measure anew");
        }
    }

    /// <summary>
    /// Measures it. Every arm draws batches of its own, as <see cref="GradientFigures.Cosine"/> asks: the name is part of the
    /// seed.
    /// </summary>
    public void MeasureGradient(ComparisonArm arm, Action<int> done)
    {
        if (Gradient(arm) is not null) return;
        var setup = new Setup(folder.Run(arm, folder.FirstStart, comparison.LearningRates[0], comparison.SweepSeed));
        using var model = setup.MakePolicy(setup.Path!); // the comparison's start
        using var bench = setup.MakeWorkbench(model);
        var options = setup.Settings.Training(setup.Sampling) with
        {
            Seed = CounterNoise.Mix((ulong)comparison.SweepSeed, CounterNoise.Key("gradient of " + arm.Name))
        };
        var measured = new GradientNoise(
            model, bench.Generator, setup.Algorithm, setup.Task, setup.Problems.Train(), bench.Reader.Read, options)
            .Measure(comparison.GradientBatches, done, stop);
        var (figures, means) = Files(arm);
        File.WriteAllBytes(means, MemoryMarshal.AsBytes<float>(measured.Mean).ToArray());
        // The figures come last, under their name at once: without them the means do not count.
        File.WriteAllText(
            figures + ".partial",
            JsonSerializer.Serialize(new KeptGradient(measured.Batches, measured.MeanSquare, measured.Variance)));
        File.Move(figures + ".partial", figures, overwrite: true);
    }

    /// <summary>
    /// The audit of a finished run's thoughts, or why there is none; both null where it was not made, or of other problems or
    /// samples.
    /// </summary>
    /// <param name="run">The run's recipe.</param>
    public (PartAudit? Audit, string? Reason) Audit(Recipe run)
    {
        if (comparison.AuditProblems == 0 || AuditFile.Read(run.OutputDir) is not { } file) return default;
        var settings = AuditSettings(run);
        return file.Without is { } none && none.Settings == settings
            ? (null, none.Reason)
            : (file.Parts.FirstOrDefault(p => p.Settings == settings), null);
    }

    /// <summary>Makes it, and keeps it beside the run's weights.</summary>
    /// <param name="arm">What is audited, for the reader.</param>
    /// <param name="run">The run's recipe; it is finished.</param>
    /// <param name="done">Told the share done.</param>
    public void MakeAudit(ComparisonArm arm, Recipe run, Action<double> done)
    {
        if (Audit(run) != default) return;
        using var view = RunFolder.View(run.OutputDir);
        var setup = new Setup(run, view.NewestCheckpoint!, training: false);
        using var model = setup.MakeModel();
        using var bench = setup.MakeWorkbench(model);
        var audit = new AuditRun(Reporter.Quiet, bench, comparison.AuditSamples, Evaluations.Ks) { Progress = done }.Try(
            run.Task, arm.Name, setup.Task, [.. setup.Problems.Tests()[0].Problems.Take(comparison.AuditProblems)],
            setup.Sampling, (ulong)setup.Problems.EvalSeed, stop, out var reason);
        var settings = AuditSettings(run);
        (audit is null
            ? new AuditFile([]) { Without = new NoAudit(settings, reason) }
            : new AuditFile([audit with { Settings = settings }])).Write(run.OutputDir);
    }

    /// <summary>What an audit beside a run's weights hangs on, apart from these: what is asked, and how it is answered.</summary>
    private string AuditSettings(Recipe run) => Fingerprint.OfText(string.Join('\n', RecipeReader.Keys
        .Where(k => !ComparisonFolder.Free.Contains(k.Name) && k.Name != "model_name_or_path")
        .Select(k => $"{k.Name}: {k.Property.GetValue(run)}")
        .Append($"{comparison.AuditProblems} problems × {comparison.AuditSamples}")));

    private (string Figures, string Means) Files(ComparisonArm arm) =>
        (Path.Combine(folder.Of(arm, folder.FirstStart), "gradient.json"),
            Path.Combine(folder.Of(arm, folder.FirstStart), "gradient.f32"));

    private sealed record KeptGradient(int Batches, double MeanSquare, double Variance);
}
