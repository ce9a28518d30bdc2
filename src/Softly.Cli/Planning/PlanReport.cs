using Softly.Cli.Recipes;
using Softly.Runs;

namespace Softly.Cli.Planning;

/// <summary>A plan for readers and for programs, and what it means for the exit code.</summary>
internal static class PlanReport
{
    /// <summary>Planned memory may be above what is available by this much before a training refuses to start.</summary>
    public const double Slack = 1.15;

    /// <summary>Shows all of it.</summary>
    /// <param name="reporter">Where to.</param>
    /// <param name="planner">The run.</param>
    /// <param name="recipe">Its recipe.</param>
    /// <param name="machine">What it runs on.</param>
    /// <param name="available">Bytes there are; null where nobody knows.</param>
    /// <param name="given">Whether the user said so.</param>
    /// <returns>2 where it does not fit.</returns>
    public static int Show(
        Reporter reporter, Planner planner, Recipe recipe, Machine machine, long? available, bool given)
    {
        var input = planner.Input;
        var (plan, time) = (new MemoryPlan(input), new TimePlan(input, machine));
        var fits = !(plan.Peak > available);
        var edits = fits ? default : PlanEdits.Find(recipe, r => new MemoryPlan(planner.Of(r)), available!.Value);
        if (reporter.Json) Record(reporter, input, plan, time, machine, available, fits, edits, planner);
        else Say(reporter, input, plan, time, machine, available, given, recipe);
        if (fits) return ExitCode.Ok;
        throw new UserError(Refusal(plan, available!.Value, edits, planner));
    }

    /// <summary>A training's plan in one line.</summary>
    /// <exception cref="UserError">It clearly does not fit; the message has the edits.</exception>
    public static string Check(Planner planner, Recipe recipe, Machine machine, bool ignore)
    {
        var input = planner.Input;
        var (plan, time) = (new MemoryPlan(input), new TimePlan(input, machine));
        var available = Machine.AvailableBytes();
        if (!ignore && available is { } there && plan.Peak > Slack * there)
            throw new UserError(
                Refusal(plan, there, PlanEdits.Find(recipe, r => new MemoryPlan(planner.Of(r)), there), planner)
                + Environment.NewLine + "or train with --ignore-plan");
        return $"planned: {HumanBytes.Format(plan.Peak)} at most"
            + (available is { } bytes ? $" of {HumanBytes.Format(bytes)} available" : "")
            + $" · about {HumanTime.Format(time.Step)} a step at full length (softly plan has the details)";
    }

    private static string Refusal(
        MemoryPlan plan, long available, (IReadOnlyList<string> Lines, Recipe Recipe, bool Fits) edits, Planner planner)
    {
        var peak = HumanBytes.Format(new MemoryPlan(planner.Of(edits.Recipe)).Peak);
        var lines = string.Concat(edits.Lines.Select(l => Environment.NewLine + "  " + l));
        return $"does not fit: {HumanBytes.Format(plan.Peak)} planned in the {Name(plan.PeakPhase)}, "
            + $"{HumanBytes.Format(available)} available. "
            + (edits.Fits ? $"This would make it {peak}:{lines}"
                : edits.Lines.Count > 0 ? $"Nothing tried makes it fit; least, {peak}, takes it with:{lines}"
                : "Nothing tried takes less: shorten completions, or take a smaller model");
    }

    private static void Say(
        Reporter reporter, PlanInput input, MemoryPlan plan, TimePlan time, Machine machine, long? available, bool given,
        Recipe recipe)
    {
        var m = input.Model;
        reporter.Say($"{m.ModelType}, {input.Parameters:N0} parameters, {m.Layers} layers of width {m.HiddenSize}, vocabulary "
            + $"{m.VocabularySize:N0}; trained: "
            + (input.Full ? "all of them" : $"an adapter of {input.AdapterParameters:N0}"));
        reporter.Say($"a step: {input.PromptsPerStep} × {input.GroupSize} rollouts of at most {input.CompletionTokens} tokens "
            + $"after prompts of at most {input.PromptTokens}; "
            + $"{MemoryPlan.CacheBytesPerToken(input):N0} bytes of keys and values a token");
        reporter.Say($"its update: micro-batches of {Math.Min(input.MicroBatch, input.Rollouts)} rollouts, "
            + $"{plan.Rows} × {plan.Columns} positions"
            + (input.GradientCheckpointing ? ", layers computed again" : ""));
        if (input.WarmStart is { } warm)
            reporter.Say($"before it, a warm start of all weights: {warm.Batch} demonstrations of at most "
                + $"{warm.Positions} tokens an update");
        var width = plan.Components.Max(c => c.Name.Length) + 2;
        Phase[] phases =
        [
            .. input.WarmStart is null ? (Phase[])[] : [Phase.WarmStart], Phase.Rollout, Phase.Update,
            .. input.EvaluationProblems > 0 ? (Phase[])[Phase.Evaluation] : [],
        ];
        reporter.Say($"{"memory".PadRight(width)}{string.Concat(phases.Select(p => Name(p).PadLeft(Column)))}");
        foreach (var same in plan.Components.GroupBy(c => c.Name))
            reporter.Say("  " + same.Key.PadRight(width - 2) + string.Concat(phases.Select(p => Cell(same, p).PadLeft(Column))));
        reporter.Say("  " + "together".PadRight(width - 2)
            + string.Concat(phases.Select(p => HumanBytes.Format(plan.Of(p)).PadLeft(Column))));
        reporter.Say($"time: about {HumanTime.Format(time.Step)} a step (rollout {HumanTime.Format(time.Rollout)}, update "
            + $"{HumanTime.Format(time.Update)}), {HumanTime.Format(time.Step * recipe.MaxSteps)} for {recipe.MaxSteps} steps");
        reporter.Say((input.AnswerTokens < input.CompletionTokens
                ? $"  if rollouts have {input.AnswerTokens} tokens"
                : "  if every rollout runs to the limit")
            + $", on a machine of {machine.Gflops:F0} GFLOP/s and "
            + $"{machine.GigabytesPerSecond:F0} GB/s; a guide, not a promise:");
        reporter.Say($"  one model on one quiet machine stayed within a factor of {TimePlan.Uncertainty:0.#}");
        if (available is { } bytes && plan.Peak <= bytes)
            reporter.Say($"fits: at most {HumanBytes.Format(plan.Peak)}, in the {Name(plan.PeakPhase)}; "
                + $"{HumanBytes.Format(bytes)} {(given ? "given" : "available now")}");
        else if (available is null) reporter.Say($"at most {HumanBytes.Format(plan.Peak)}, in the {Name(plan.PeakPhase)}");
    }

    private static void Record(
        Reporter reporter, PlanInput input, MemoryPlan plan, TimePlan time, Machine machine, long? available, bool fits,
        (IReadOnlyList<string> Lines, Recipe Recipe, bool Fits) edits, Planner planner) =>
        reporter.Record(new
        {
            parameters = input.Parameters,
            trained = input.Trained,
            prompt_tokens = input.PromptTokens,
            completion_tokens = input.CompletionTokens,
            micro_batch = new { rows = plan.Rows, columns = plan.Columns },
            components = plan.Components.Select(c => new
            {
                name = c.Name, bytes = c.Bytes,
                rollout = c.Phases.HasFlag(Phase.Rollout), update = c.Phases.HasFlag(Phase.Update),
                evaluation = c.Phases.HasFlag(Phase.Evaluation), warm_start = c.Phases.HasFlag(Phase.WarmStart),
            }),
            rollout_bytes = plan.Of(Phase.Rollout),
            update_bytes = plan.Of(Phase.Update),
            evaluation_bytes = input.EvaluationProblems > 0 ? plan.Of(Phase.Evaluation) : (long?)null,
            warm_start_bytes = input.WarmStart is null ? (long?)null : plan.Of(Phase.WarmStart),
            peak_bytes = plan.Peak,
            available_bytes = available,
            fits,
            rollout_seconds = time.Rollout,
            update_seconds = time.Update,
            step_seconds = time.Step,
            time_factor = TimePlan.Uncertainty,
            gflops = machine.Gflops,
            gigabytes_per_second = machine.GigabytesPerSecond,
            edits = fits ? null : edits.Lines,
            edits_fit = fits ? (bool?)null : edits.Fits,
            edits_peak_bytes = fits ? (long?)null : new MemoryPlan(planner.Of(edits.Recipe)).Peak,
        });

    private static string Cell(IEnumerable<Component> same, Phase phase) =>
        same.Where(c => c.Phases.HasFlag(phase)).Sum(c => c.Bytes) is > 0 and var bytes ? HumanBytes.Format(bytes) : "";

    private const int Column = 12;

    private static string Name(Phase phase) => phase == Phase.WarmStart ? "warm start" : phase.ToString().ToLowerInvariant();
}
