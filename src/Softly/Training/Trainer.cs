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
    private readonly Scorer _scorer;
    private readonly Func<Problem, Prompt> _render;
    private readonly ProblemOrder _order;
    private readonly TrainingOptions _options;
    private readonly Update _update;
    private readonly Watch _watch;
    private Task<Drawing>? _ahead;

    /// <param name="policy">What is trained, in place.</param>
    /// <param name="reference">The frozen start, where the algorithm has a KL term or an anchor.</param>
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
        if (algorithm.NeedsReferenceModel && reference is null)
            wrong.Add($"{algorithm.Name} with beta or thought_anchor above 0 needs a frozen reference: give one, or set both 0");
        if (options.Overlap && !engine.IsApart)
            wrong.Add("overlap_rollouts decodes while the model is updated: give it an engine with weights of its own (CopiedDecoder)");
        if (policy.Fused is not null && reference is { Fused: null })
            wrong.Add("the policy has fused passes and the reference has none: call Fuse on both, or on neither");
        wrong.AddRange(options.Problems(algorithm));
        if (wrong.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, wrong));

        (_policy, _reference, _engine, _generator, _algorithm, _render, _options) =
            (policy, reference, engine, generator, algorithm, render, options);
        _scorer = new Scorer(task, options.Rewards, generator.Detokenize);
        _watch = new Watch(options.Rewards);
        policy.Recomputes = options.GradientCheckpointing;
        _order = new ProblemOrder(problems, options.Seed);
        Optimizer = new FusedAdamW(policy.Parameters, options.Beta1, options.Beta2, options.AdamEpsilon, options.WeightDecay);
        var rate = new LearningRate(
            options.LearningRate, options.WarmupSteps, options.Steps * options.UpdatesPerStep, options.Schedule);
        _update = new Update(policy.Parameters, Optimizer, rate, options.MaxGradientNorm);
    }

    /// <summary>Steps done.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Problems drawn so far: where the order of problems stands.</summary>
    public long ProblemsDrawn { get; private set; }

    /// <summary>Tokens that went through the model in training so far, prompts counted once for every rollout.</summary>
    public long TokensSeen { get; private set; }

    /// <summary>The optimizer, whose moments are part of a checkpoint.</summary>
    public FusedAdamW Optimizer { get; }

    /// <summary>The model being trained.</summary>
    public Decoder Policy => _policy;

    /// <summary>What the run's figures are compared with to see whether rewards are hacked: part of a checkpoint.</summary>
    public WatchState Watched
    {
        get => _watch.State;
        set => _watch.State = value;
    }

    /// <summary>Goes on after a checkpoint: parameters and moments have been read already.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="optimizerUpdates">Updates the optimizer made.</param>
    /// <param name="tokensSeen">As in <see cref="TokensSeen"/>.</param>
    /// <param name="problemsDrawn">As in <see cref="ProblemsDrawn"/>; null for as many as the steps had.</param>
    public void ContinueFrom(int step, int optimizerUpdates, long tokensSeen, long? problemsDrawn = null)
    {
        StepsDone = step;
        TokensSeen = tokensSeen;
        ProblemsDrawn = problemsDrawn ?? (long)step * _options.PromptsPerStep;
        _update.Count = step * _options.UpdatesPerStep;
        Optimizer.ContinueFrom(optimizerUpdates);
        _engine.Refresh();
    }

    /// <summary>Prompt → rollout → grade: the groups of a step, by the policy that the engine holds.</summary>
    private Drawing Draw(int step, long problemsDrawn, CancellationToken cancel)
    {
        // Prompt: P problems, a function of the seed and of how many were drawn before. Where groups without spread are replaced
        // (dynamic sampling), as many fresh ones as are missing.
        var clock = Stopwatch.StartNew();
        var groups = new List<RolloutGroup>();
        var drawn = new List<RolloutGroup>();
        for (var round = 0; groups.Count < _options.PromptsPerStep; round++)
        {
            var problems = _order.After(problemsDrawn + drawn.Count, _options.PromptsPerStep - groups.Count);
            var prompts = problems.Select(_render).ToList();

            // Rollout: G for each. The seed is the step's and the round's, so a problem met again draws anew.
            var seed = CounterNoise.Mix(_options.Seed, (ulong)step);
            if (round > 0) seed = CounterNoise.Mix(seed, (ulong)round);
            var fresh = _generator.Generate(prompts, _options.GroupSize, _options.Sampling, seed, cancel: cancel);

            // Grade: a score and a reason for each, and what rewards make of it.
            fresh = _scorer.Score(fresh, cancel);
            drawn.AddRange(fresh);
            var last = round + 1 >= _options.GenerationBatches;
            groups.AddRange(last ? fresh : fresh.Where(_options.HasSpread));
        }
        return new Drawing(groups, drawn, clock.Elapsed);
    }

    /// <summary>One step of the walk.</summary>
    /// <param name="cancel">
    /// Abandons the step before its update; the model is then as before the step, and the update itself is always finished.
    /// </param>
    public StepReport Step(CancellationToken cancel = default)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();

        // What the three above give, or gave beside the last update; beside this one, the next step's.
        var drawing = TakeAhead() ?? Draw(StepsDone, ProblemsDrawn, cancel);
        var (groups, drawn) = (drawing.Groups, drawing.Drawn);
        cancel.ThrowIfCancellationRequested();
        var (next, from) = (StepsDone + 1, ProblemsDrawn + drawn.Count);
        if (_options.Overlap && next < _options.Steps)
            _ahead = Task.Run(() => Draw(next, from, cancel) with { Age = 1 }, CancellationToken.None);
        var updateClock = Stopwatch.StartNew();

        // Advantage: how much better than the others. Rollouts of a group lie side by side, so a mini-batch holds whole groups
        // where it can.
        var advantages = _options.Advantages(_algorithm, groups);
        groups = [.. groups.Select((g, i) => g with { Advantages = advantages[i] })];
        var rows = groups.SelectMany(g => g.Rollouts.Select((r, i) => new Row(g.Prompt, r, g.Advantages[i]))).ToArray();
        var parts = rows.Chunk(rows.Length / _options.MiniBatches).Select(Part).ToArray();

        // Loss and update.
        ResidentMemory.GiveBack();
        var old = FixOld(parts);
        var report = new StepReport.Builder(groups, drawn);
        for (var iteration = 0; iteration < _options.Iterations; iteration++)
            for (var part = 0; part < parts.Length; part++)
            {
                for (var micro = 0; micro < parts[part].Slices.Length && !report.TooFar(_options.TargetKl);
                    micro++, ResidentMemory.GiveBack())
                {
                    using var inner = NewDisposeScope();
                    using var batch = Collate(parts[part].Slices[micro]);
                    if (_algorithm.NeedsReference)
                        using (no_grad()) batch.Reference = Replay.LogDensities(_reference!, batch);
                    batch.Old = old?[part][micro].alias();
                    using var dropping = _policy.Adapter?.Drop(
                        CounterNoise.Mix(CounterNoise.Mix(_options.Seed, (ulong)_update.Count), (ulong)micro));
                    var scores = Replay.Scores(_policy, batch, _algorithm.Needs, _reference, _options.AttachInputs);
                    var loss = _algorithm.Loss(scores, batch, parts[part].Size);
                    loss.Total.backward();
                    report.Add(loss, scores, batch, iteration == 0);
                }
                report.CloseUpdate();
                var nothing = parts[part].Slices.Length == 0 || report.TooFar(_options.TargetKl);
                report.Add(nothing ? _update.LeaveOut() : _update.Apply());
            }
        if (old is not null) foreach (var tensor in old.SelectMany(o => o)) tensor.Dispose();
        // It draws with the engine as it is; what failed is thrown when it is taken.
        if (_ahead is not null) Task.WaitAny([_ahead], CancellationToken.None);
        _engine.Refresh();

        StepsDone++;
        ProblemsDrawn += drawn.Count;
        TokensSeen += drawn.SelectMany(g => g.Rollouts.Select(r => (long)g.Prompt.Rows.Count + r.Length)).Sum();
        return report.Build(
            StepsDone, TokensSeen, _order.Epochs(ProblemsDrawn), drawing, updateClock.Elapsed, clock.Elapsed, _options, _watch);
    }

    /// <summary>What was drawn ahead, once; null where nothing was.</summary>
    private Drawing? TakeAhead()
    {
        var ahead = _ahead;
        _ahead = null;
        return ahead?.GetAwaiter().GetResult();
    }

    /// <summary>A rollout with what the loss needs of its group.</summary>
    private readonly record struct Row(Prompt Prompt, Rollout Rollout, double Advantage);

    /// <summary>What one update is made of: micro-batches, and the size of the whole.</summary>
    private sealed record UpdatePart(Row[][] Slices, UpdateSize Size);

    private UpdatePart Part(Row[] rows)
    {
        var scored = rows.Where(r => _options.HasLoss(r.Rollout)).ToArray();
        return new([.. scored.Chunk(_options.MicroBatch)], _algorithm.Measure([.. scored.Select(r => r.Rollout)], rows.Length));
    }

    private RolloutBatch Collate(Row[] rows) =>
        RolloutBatch.Collate(
            [.. rows.Select(r => (r.Prompt, r.Rollout, r.Advantage))], _policy.Device, packed: _policy.Fused is not null);

    /// <summary>
    /// Old log-densities of every micro-batch, fixed before the first update. With a single update a rollout they are the
    /// current ones without gradient, which the loss takes when there are none.
    /// </summary>
    private Tensor[][]? FixOld(UpdatePart[] parts)
    {
        if (_options.UpdatesPerStep == 1) return null;
        using var off = no_grad();
        // A single micro-batch must be computed to be compared, and then need not be recorded.
        var single = parts.Sum(p => p.Slices.Length) == 1;
        var recorded = _options.Old == OldLogDensity.Rollout || (_options.Old == OldLogDensity.Auto && !single && EnginesAgree(parts));
        return [.. parts.Select(part => part.Slices.Select(slice =>
        {
            using var inner = NewDisposeScope();
            using var batch = Collate(slice);
            var old = recorded
                ? batch.Recorded.clone()
                : Replay.Scores(_policy, batch, _algorithm.Needs & ScoreNeeds.Components).LogDensities;
            return old.DetachFromDisposeScope();
        }).ToArray())];
    }

    /// <summary>Whether what the rollout recorded is what the trainer computes, as the first micro-batch shows.</summary>
    private bool EnginesAgree(UpdatePart[] parts)
    {
        if (_algorithm.Needs.HasFlag(ScoreNeeds.Components) || parts[0].Slices.Length == 0) return false;
        using var inner = NewDisposeScope();
        using var batch = Collate(parts[0].Slices[0]);
        var gap = Replay.LogDensities(_policy, batch).sub(batch.Recorded).abs().max();
        return gap.to(ScalarType.Float64).cpu().data<double>()[0] <= TrainingOptions.Agreement;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_ahead is not null) Task.WaitAny([_ahead], CancellationToken.None); // the engine belongs to somebody who will dispose it
        _scorer.Dispose();
        Optimizer.Dispose();
    }
}
