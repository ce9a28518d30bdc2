using System.Diagnostics;
using Softly.Algorithms;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Training;

/// <summary>
/// THE FILE TO READ. Reinforcement learning with verifiable rewards, top to bottom: prompt → rollout → grade → advantage → loss →
/// update. The trainer does not know which algorithm it runs: thoughts are drawn by the settings' law, and the algorithm turns
/// log-densities and rewards into a loss.
/// </summary>
/// <remarks>
/// What is left out here: recipes, progress and run folders (the command), saving (<see cref="Checkpoint"/>), supervised warm
/// starts (<see cref="SupervisedTrainer"/>). Try it with <c>softly quickstart</c>. A step's native memory is freed at its end.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly Decoder _policy;
    private readonly Decoder? _reference;
    private readonly IDecoder _engine;
    private readonly Generator _generator;
    private readonly IAlgorithm _algorithm;
    private readonly ITask _task;
    private readonly Func<Problem, Prompt> _render;
    private readonly ProblemOrder _order;
    private readonly TrainingOptions _options;
    private readonly Update _update;

    /// <param name="policy">What is trained, in place.</param>
    /// <param name="reference">The frozen start, where the algorithm has a KL term.</param>
    /// <param name="engine">What rollouts decode with; told after every update.</param>
    /// <param name="generator">Draws rollouts with that engine.</param>
    /// <param name="algorithm">Advantages and loss.</param>
    /// <param name="task">Judges answers.</param>
    /// <param name="problems">Training problems.</param>
    /// <param name="render">A problem as the model reads it.</param>
    /// <param name="options">Everything else.</param>
    /// <exception cref="ArgumentException">The settings cannot work; the message names each with its remedy.</exception>
    public Trainer(
        Decoder policy, Decoder? reference, IDecoder engine, Generator generator, IAlgorithm algorithm, ITask task,
        IReadOnlyList<Problem> problems, Func<Problem, Prompt> render, TrainingOptions options)
    {
        var wrong = options.Sampling.Problems(policy.Config.VocabularySize, training: true).ToList();
        if (problems.Count == 0)
            wrong.Add("there are no training problems: the dataset is empty, or its filter removed everything");
        if (algorithm.NeedsReference && reference is null)
            wrong.Add($"{algorithm.Name} with beta above 0 needs a frozen reference: give one, or set beta: 0");
        if (options.PromptsPerStep * options.GroupSize % options.MiniBatches != 0)
            wrong.Add($"{options.PromptsPerStep * options.GroupSize} rollouts cannot be cut into {options.MiniBatches} equal "
                + "mini-batches");
        if (wrong.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, wrong));

        (_policy, _reference, _engine, _generator, _algorithm, _task, _render, _options) =
            (policy, reference, engine, generator, algorithm, task, render, options);
        _order = new ProblemOrder(problems, options.Seed);
        Optimizer = new FusedAdamW(policy.Parameters, options.Beta1, options.Beta2, options.AdamEpsilon, options.WeightDecay);
        var updates = options.Steps * options.MiniBatches * options.Iterations;
        _update = new Update(
            policy.Parameters, Optimizer, new LearningRate(options.LearningRate, options.WarmupSteps, updates, options.Schedule),
            options.MaxGradientNorm);
    }

    /// <summary>Steps done.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Tokens that went through the model in training so far, prompts counted once for every rollout.</summary>
    public long TokensSeen { get; private set; }

    /// <summary>The optimizer, whose moments are part of a checkpoint.</summary>
    public FusedAdamW Optimizer { get; }

    /// <summary>The model being trained.</summary>
    public Decoder Policy => _policy;

    /// <summary>Goes on after a checkpoint: parameters and moments have been read already.</summary>
    public void ContinueFrom(int step, int optimizerUpdates, long tokensSeen)
    {
        StepsDone = step;
        TokensSeen = tokensSeen;
        _update.Count = step * _options.MiniBatches * _options.Iterations;
        Optimizer.ContinueFrom(optimizerUpdates);
        _engine.Refresh();
    }

    /// <summary>One step of the walk.</summary>
    /// <param name="cancel">
    /// Abandons the step before its update; the model is then as before the step, and the update itself is always finished.
    /// </param>
    public StepReport Step(CancellationToken cancel = default)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();

        // Prompt: P problems, the same for the same seed and step.
        var problems = _order.Of(StepsDone, _options.PromptsPerStep);
        var prompts = problems.Select(_render).ToList();

        // Rollout: P groups of G. The seed is the step's, so a problem met again draws anew.
        var groups = _generator.Generate(
            prompts, _options.GroupSize, _options.Sampling, CounterNoise.Mix(_options.Seed, (ulong)StepsDone), cancel: cancel);
        var rolloutTime = clock.Elapsed;

        // Grade: a score and a reason for each. Advantage: how much better than the group.
        groups = Judge(groups);
        cancel.ThrowIfCancellationRequested();

        // Loss and update. Rollouts of a group lie side by side, so a mini-batch holds whole groups where it can.
        var rows = groups
            .SelectMany(g => g.Rollouts.Select((r, i) => (g.Prompt, Rollout: r, Advantage: g.Advantages[i]))).ToArray();
        var parts = rows.Chunk(rows.Length / _options.MiniBatches).ToArray();
        var old = FixOld(parts);
        var report = new StepReport.Builder(groups);
        for (var iteration = 0; iteration < _options.Iterations; iteration++)
            for (var part = 0; part < parts.Length; part++)
            {
                var size = new UpdateSize(parts[part].Sum(r => (long)r.Rollout.ScoredSteps), parts[part].Length);
                var micro = 0;
                foreach (var slice in parts[part].Chunk(_options.MicroBatch))
                {
                    using var inner = NewDisposeScope();
                    using var batch = RolloutBatch.Collate(slice, _policy.Device);
                    if (_algorithm.NeedsReference)
                        using (no_grad()) batch.Reference = Replay.LogDensities(_reference!, batch);
                    batch.Old = old?[part][micro].alias();
                    var scores = Replay.Scores(_policy, batch, _algorithm.Needs, _reference, _options.AttachInputs);
                    var loss = _algorithm.Loss(scores, batch, size);
                    loss.Total.backward();
                    report.Add(loss, scores, batch, iteration == 0);
                    micro++;
                }
                report.Add(_update.Apply());
            }
        if (old is not null) foreach (var tensor in old.SelectMany(o => o)) tensor.Dispose();
        _engine.Refresh();

        StepsDone++;
        TokensSeen += rows.Sum(r => (long)r.Prompt.Rows.Count + r.Rollout.Length);
        return report.Build(
            StepsDone, TokensSeen, _algorithm.NeedsReference, _order.Epoch(StepsDone, _options.PromptsPerStep), rolloutTime,
            clock.Elapsed);
    }

    /// <summary>Grades all answers and compares those of a group with each other.</summary>
    private IReadOnlyList<RolloutGroup> Judge(IReadOnlyList<RolloutGroup> groups)
    {
        var grades = groups.Select(g => g.Rollouts.Select(r => _task.Grade(g.Prompt.Problem, r.Text)).ToArray()).ToArray();
        var advantages = _algorithm.Advantages([.. groups.Select((g, i) => new ScoredGroup(
            [.. grades[i].Select(x => x.Score)], [.. g.Rollouts.Select(r => r.ScoredSteps)]))]);
        return [.. groups.Select((g, i) => g with { Grades = grades[i], Advantages = advantages[i] })];
    }

    /// <summary>
    /// Old log-densities of every micro-batch, fixed before the first update. With a single update a rollout they are the
    /// current ones without gradient, which the loss takes when there are none.
    /// </summary>
    private Tensor[][]? FixOld((Prompt Prompt, Rollout Rollout, double Advantage)[][] parts)
    {
        if (parts.Length * _options.Iterations == 1) return null;
        using var off = no_grad();
        return [.. parts.Select(part => part.Chunk(_options.MicroBatch).Select(slice =>
        {
            using var inner = NewDisposeScope();
            using var batch = RolloutBatch.Collate(slice, _policy.Device);
            var old = _options.Old == OldLogDensity.Rollout ? batch.Recorded.clone() : Replay.LogDensities(_policy, batch);
            return old.DetachFromDisposeScope();
        }).ToArray())];
    }

    /// <inheritdoc />
    public void Dispose() => Optimizer.Dispose();
}
