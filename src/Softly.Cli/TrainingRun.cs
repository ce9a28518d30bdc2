using Softly.Cli.Recipes;
using Softly.Cli.Rewards;
using Softly.Evaluation;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Runs;
using Softly.Runs.Reports;
using Softly.Tasks;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli;

/// <summary>
/// A training run in its folder: warm start, steps, logs, evaluations, checkpoints; stops and goes on without loss.
/// </summary>
internal sealed class TrainingRun(Setup setup, Reporter reporter)
{
    private readonly Recipe _recipe = setup.Recipe;

    /// <summary>Called after every step, for whoever shows several runs at once.</summary>
    public Action<StepReport, Eta>? Seen { get; init; }

    /// <summary>False where the start was evaluated by somebody else. Default true.</summary>
    public bool EvaluateStart { get; init; } = true;

    /// <summary>Runs to the end, or until it is stopped.</summary>
    /// <param name="resume">Goes on from the newest checkpoint of the folder.</param>
    /// <param name="stop">Asked for by Ctrl-C: the step is abandoned before its update, or finished after it began.</param>
    /// <returns>The exit code.</returns>
    public int Run(bool resume, CancellationToken stop)
    {
        var train = setup.Problems.Train();
        var tests = _recipe.EvalSteps > 0 ? setup.Problems.Tests() : [];
        if (setup.Problems.Origin is { } origin) reporter.Say(origin);
        int? limit = _recipe.SaveTotalLimit > 0 ? _recipe.SaveTotalLimit : null;
        // A resumed run's too: what was changed for it must hold for the next resumption;
        // and the grader by name: another default of a later version must not change what is paid for.
        var written = RecipeReader.Write(
            _recipe.Grader is null && setup.Task is JsonLinesTask { Grader: var grader } && GraderChoice.Names.Contains(grader)
                ? _recipe with { Grader = grader } : _recipe);
        using var folder = resume
            ? RunFolder.Resume(_recipe.OutputDir, limit, written)
            : RunFolder.Create(_recipe.OutputDir, written, limit);
        RewardCopies.Keep(folder.Path, RewardFile.In(_recipe.RewardFuncs), resume);
        var task = setup.Problems.Origin == setup.Task.Description ? setup.Task.Name : setup.Task.Description;
        reporter.Say($"run folder {Shorten(folder.Path)} · {train.Count:N0} problems · {task} · thoughts: {setup.Thinking}");

        var start = Path.Combine(folder.Path, "start");
        var from = folder.NewestCheckpoint;
        if (resume && from is null) reporter.Say("no checkpoint yet: from the beginning");
        using var policy = from is not null ? setup.MakePolicy(from) : Start(train, start, stop);
        if (policy is null) return Stopped(folder);
        using var reference = setup.Algorithm.NeedsReferenceModel ? Reference(policy, start, fresh: from is null) : null;
        using var bench = setup.MakeWorkbench(policy);
        using var trainer = new Trainer(
            policy, reference, bench.Engine, bench.Generator, setup.Algorithm, setup.Task, train, bench.Reader.Read,
            setup.Settings.Training(setup.Sampling));
        if (from is not null) Checkpoint.ReadState(trainer, from);

        int? at = resume ? trainer.StepsDone : null;
        using var metrics = new MetricsLog(folder.MetricsPath, at);
        var rollouts = new RolloutLog(folder.RolloutsPath, at);
        var evaluations = new EvaluationLog(folder.EvaluationsPath, at);
        using var events = _recipe.ReportTo == "tensorboard" ? new TensorBoardWriter(folder.EventsPath, at) : null;

        var rewards = setup.Settings.Rewards is { IsDefault: false } asked
            ? asked.Rewards.Select(r => r.Name).ToArray()
            : null;
        var eta = new Eta(_recipe.MaxSteps, trainer.StepsDone);
        try
        {
            if (_recipe.EvalSteps > 0 && trainer.StepsDone % _recipe.EvalSteps == 0 && !Evaluated(trainer.StepsDone)
                && (EvaluateStart || trainer.StepsDone > 0))
                Evaluate(trainer.StepsDone);
            while (trainer.StepsDone < _recipe.MaxSteps)
            {
                stop.ThrowIfCancellationRequested();
                var report = trainer.Step(stop);
                var line = metrics.Append(report.Step, report.Metrics);
                events?.Scalars(report.Step, report.Metrics);
                if (_recipe.LogCompletionsSteps > 0 && report.Step % _recipe.LogCompletionsSteps == 0 && rollouts.Stopped is null
                    && !rollouts.Append(
                        report.Step,
                        report.Groups.SelectMany(g => RolloutText.Records(report.Step, g, setup.Tokenizer, rewards))))
                    reporter.Say(rollouts.Stopped!);
                eta.Step(TimeSpan.FromSeconds(report.Metrics["step_time"]));
                reporter.Record(new { step = report.Step, wall_seconds = line.WallSeconds, metrics = report.Metrics });
                reporter.Progress(Line(report, eta));
                foreach (var alarm in report.Alarms) reporter.Say($"step {report.Step}: {alarm}");
                Seen?.Invoke(report, eta);
                if (report.Stop is { } why)
                {
                    reporter.Say($"stopped: {why}");
                    break;
                }
                if (report.Step == _recipe.MaxSteps) break; // what follows the last step stands below the loop
                if (_recipe.SaveSteps > 0 && report.Step % _recipe.SaveSteps == 0) Save();
                if (_recipe.EvalSteps > 0 && report.Step % _recipe.EvalSteps == 0) Evaluate(report.Step);
            }
            Save();
            if (!Evaluated(trainer.StepsDone)) Evaluate(trainer.StepsDone);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Save();
            return Stopped(folder);
        }
        catch (RewardException e)
        {
            Save();
            throw new UserError($"{e.Message}. Step {trainer.StepsDone + 1} was given up, and the run is saved as "
                + Shorten(folder.NewestCheckpoint!));
        }
        WriteState();
        reporter.Say($"done: {trainer.StepsDone} steps · model in {Shorten(folder.NewestCheckpoint!)} · report "
            + $"{Shorten(RunReport.Write(folder))}");
        return ExitCode.Ok;

        void WriteState() => new TrainerState
        {
            GlobalStep = trainer.StepsDone,
            MaxSteps = _recipe.MaxSteps,
            Epoch = metrics.Entries.Where(e => e.Metrics.ContainsKey("epoch"))
                .Select(e => (double?)e.Metrics["epoch"]).LastOrDefault(),
            NumInputTokensSeen = trainer.TokensSeen,
            SaveSteps = _recipe.SaveSteps,
            EvalSteps = _recipe.EvalSteps,
            TrainBatchSize = _recipe.PerDeviceTrainBatchSize,
            LogHistory = metrics.Entries,
        }.Write(folder.TrainerStatePath);

        void Save()
        {
            if (folder.CheckpointSteps is [.., var newest] && newest == trainer.StepsDone) return;
            WriteState();
            var path = folder.SaveCheckpoint(trainer.StepsDone, into => Checkpoint.Write(
                trainer, setup.Tokenizer, into, setup.Lora is null ? null : BaseOf(start)));
            reporter.Say($"checkpoint {Shorten(path)}");
        }

        // An evaluation that was stopped is made up for when the run goes on.
        bool Evaluated(int step) =>
            metrics.Entries.Any(e => e.Step == step && e.Metrics.Keys.Any(k => k.StartsWith("eval_", StringComparison.Ordinal)));

        void Evaluate(int step)
        {
            var all = new Dictionary<string, double>();
            foreach (var (name, problems) in tests)
            {
                reporter.Progress(
                    $"step {step}: evaluating {problems.Count} problems × {_recipe.EvalSamples} answers", important: true);
                var results = new Evaluator(bench.Generator, setup.Task).Run(
                    [.. problems.Select(bench.Reader.Read)], _recipe.EvalSamples, setup.Sampling,
                    (ulong)setup.Problems.EvalSeed, cancel: stop);
                var record = Evaluations.Record(_recipe.Algorithm, name ?? "own", step, setup.Task, results, _recipe.Seed);
                evaluations.Add(record);
                var prefix = name is null ? "eval_" : $"eval_{name}_"; // TRL's names for several sets
                foreach (var p in record.PassAtK) all[$"{prefix}pass@{p.K}"] = p.Share.Value;
                all[prefix + "completions/mean_length"] = record.Numbers["completions/mean_length"];
                reporter.Say($"step {step}{(name is null ? "" : " " + name)}: "
                    + $"{string.Join(" · ", record.PassAtK.Select(p => $"pass@{p.K} {p.Share.Times(100)}"))}"
                    + $" (%, 95 % over {record.Problems.Count} problems)"
                    + (record.Numbers.TryGetValue(Evaluations.Failed, out var failed)
                        ? $"; {failed:N0} answers could not be judged" : ""));
            }
            if (all.Count == 0) return;
            metrics.Append(step, all);
            events?.Scalars(step, all);
            reporter.Record(new { step, evaluation = all });
        }
    }

    /// <summary>
    /// What training begins with: the model's own files, or what a supervised warm start made of them, which is kept for the
    /// reference. Null where that was stopped.
    /// </summary>
    private Decoder? Start(IReadOnlyList<Problem> train, string start, CancellationToken stop)
    {
        if (setup.Path is { } path && _recipe.WarmStartSteps == 0) return setup.MakePolicy(path);
        var model = setup.MakeModel();
        if (_recipe.WarmStartSteps > 0) new WarmStart(setup, reporter).Run(model, train, stop);
        if (!stop.IsCancellationRequested)
        {
            using var whole = new WholeFolder(start);
            setup.Tokenizer.Save(whole.Path);
            PretrainedModel.Save(model, whole.Path);
            whole.Complete();
            if (setup.Lora is null) return model;
        }
        model.Dispose();
        return stop.IsCancellationRequested ? null : setup.MakePolicy(start);
    }

    /// <summary>The frozen start: an adapter's model without it, else a copy.</summary>
    private Decoder Reference(Decoder policy, string start, bool fresh)
    {
        if (policy.Adapter is not null) return policy.WithoutAdapter();
        if (!fresh)
            return setup.Fused(setup.LoadModel(Directory.Exists(start)
                ? start
                : setup.Path ?? throw new UserError($"{start} is missing, and beta or thought_anchor is not 0: "
                    + "the frozen start cannot be had again; start a new run from the checkpoint with model_name_or_path"),
                setup.ReferenceType));
        var reference = new Decoder(policy.Config, setup.ReferenceType, policy.Device);
        reference.CopyFrom(policy);
        return setup.Fused(reference);
    }

    /// <summary>
    /// The model that an adapter changes, as its checkpoints name it: one in the run's own folder by its place there.
    /// </summary>
    private string BaseOf(string start)
    {
        if (Directory.Exists(start)) return Path.Combine("..", Path.GetFileName(start));
        var path = setup.Path!; // an adapter without a start of its own is on a given model
        return Path.GetFullPath(AdapterConfig.IsIn(path) ? AdapterConfig.FindBase(path, ModelName.Find) : path);
    }

    private int Stopped(RunFolder folder)
    {
        reporter.Say(folder.NewestCheckpoint is { } newest
            ? $"stopped; saved as {Shorten(newest)}. Go on with: softly train {Shorten(folder.RecipePath)} --resume"
            : "stopped before the first step; nothing was saved. Start again with: "
                + $"softly train {Shorten(folder.RecipePath)} --resume");
        return ExitCode.Stopped;
    }

    private string Line(StepReport report, Eta eta)
    {
        var m = report.Metrics;
        var parts = new List<string>
        {
            $"step {report.Step}/{_recipe.MaxSteps}", $"reward {m["reward"]:F3}", $"entropy {m["entropy"]:F2}",
            $"length {m["completions/mean_length"]:F1}",
        };
        if (m.TryGetValue("kl", out var kl)) parts.Insert(2, $"kl {kl:G2}");
        if (m["skipped_updates"] > 0) parts.Add("UPDATE SKIPPED: gradient not finite");
        parts.Add($"{m["perf/rollout_tokens_per_second"]:N0} tok/s");
        parts.Add($"{HumanTime.Format(eta.Left ?? TimeSpan.Zero)} left");
        return string.Join(" · ", parts);
    }

    /// <summary>A path as one would type it here.</summary>
    private static string Shorten(string path) =>
        Path.GetRelativePath(Environment.CurrentDirectory, path) is var relative
            && !relative.StartsWith("..", StringComparison.Ordinal)
                ? relative
                : path;
}
