using System.Text.Json;
using static Softly.Runs.Reports.ReportJson;

namespace Softly.Runs.Reports;

/// <summary>
/// The result for programs. Names are stable: they are added to, never changed, while <c>format</c> stays the same. Rates are
/// shares from 0 to 1.
/// </summary>
internal static class ComparisonJson
{
    private const string Format = "softly-comparison-1";

    public static void Write(Utf8JsonWriter json, ComparisonResult result)
    {
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteString("name", result.Name);
        json.WriteString("command_line", result.CommandLine);
        json.WriteStartObject("machine");
        json.WriteNumber("cores", result.Machine.Cores);
        json.WriteString("framework", result.Machine.Framework);
        json.WriteString("system", result.Machine.System);
        json.WriteNumber("jobs", result.Jobs);
        json.WriteEndObject();
        json.WriteStartObject("task");
        json.WriteString("name", result.Task.Name);
        json.WriteString("description", result.Task.Description);
        json.WriteNumber("problems", result.Task.Problems);
        json.WriteNumber("samples", result.Task.Samples);
        json.WriteEndObject();
        json.WriteStartObject("warm_start");
        json.WriteNumber("parameters", result.WarmStart.Parameters);
        json.WriteNumber("steps", result.WarmStart.Steps);
        json.WriteEndObject();
        if (result.StartSeeds.Count > 0)
        {
            List(json, "starts", result.Starts, Start);
            List(json, "start_seeds", result.StartSeeds, (j, s) => j.WriteNumberValue(s));
        }
        List(json, "seeds", result.Seeds, (j, s) => j.WriteNumberValue(s));
        json.WriteNumber("steps", result.Steps);
        json.WriteNumber("prompts_per_step", result.PromptsPerStep);
        json.WriteNumber("num_generations", result.GroupSize);
        if (result.Sweep is { } sweep)
        {
            json.WriteStartObject("sweep");
            List(json, "learning_rates", sweep.Rates, (j, r) => j.WriteNumberValue(r));
            json.WriteNumber("steps", sweep.Steps);
            json.WriteNumber("seed", sweep.Seed);
            json.WriteNumber("problems", sweep.Problems);
            json.WriteNumber("samples", sweep.Samples);
            json.WriteEndObject();
        }
        json.WriteString("control", result.Control);
        json.WriteString("reference", result.Reference);
        List(json, "guess", result.Guess, (j, g) => Rate(j, g.K, g.Share));
        List(json, "arms", result.Arms, Arm);
        if (result.Unfinished.Count > 0) List(json, "unfinished", result.Unfinished, Unfinished);
        List(json, "matched", result.Matched, Level);
        json.WriteEndObject();
    }

    private static void Arm(Utf8JsonWriter json, ComparedArm arm)
    {
        json.WriteStartObject();
        json.WriteString("name", arm.Name);
        json.WriteString("changes", arm.Changes);
        json.WriteNumber("learning_rate", arm.LearningRate);
        List(json, "sweep", arm.Sweep, (j, s) =>
        {
            j.WriteStartObject();
            j.WriteNumber("learning_rate", s.Rate);
            j.WriteNumberOrNull("pass_at_1", s.Pass);
            j.WriteEndObject();
        });
        List(json, "start", arm.Start, (j, p) => Rate(j, p.K, p.Share));
        json.WriteNumberOrNull("start_first_thought_entropy", arm.StartEntropy);
        List(json, "own", arm.Own, Rates);
        List(json, "common", arm.Common, Rates);
        json.WriteNumberOrNull("first_thought_entropy", arm.Entropy);
        foreach (var (name, differences) in new[]
        {
            ("own_to_control", arm.OwnToControl), ("own_to_reference", arm.OwnToReference),
            ("common_to_control", arm.CommonToControl), ("common_to_reference", arm.CommonToReference),
        })
            List(json, name, differences, (j, d) => Rate(j, d.K, d.Share));
        List(json, "curve", arm.Curve, (j, point) =>
        {
            j.WriteStartObject();
            j.WriteNumber("step", point.Step);
            List(j, "pass_at_k", point.Rates, Rates);
            j.WriteEndObject();
        });
        if (arm.Gradient is { } gradient)
        {
            json.WriteStartObject("gradient");
            json.WriteNumber("batches", gradient.Batches);
            json.WriteNumberOrNull("signal_to_noise", gradient.SignalToNoise);
            json.WriteNumberOrNull("cosine", gradient.Cosine);
            json.WriteEndObject();
        }
        json.WriteNumberOrNull("seconds_per_step", arm.SecondsPerStep);
        if (arm.Starts is { } starts) Starts(json, starts);
        if (arm.Audit is { } audit) Audit(json, audit);
        json.WriteEndObject();
    }

    private static void Audit(Utf8JsonWriter json, ComparedAudit audit)
    {
        List(json, "audit_conditions", audit.Conditions, (j, c) =>
        {
            j.WriteStartObject();
            j.WriteString("thoughts", c.Condition);
            j.WriteNumberOrNull("estimate", c.Pass.Value);
            j.WriteNumberOrNull("low", c.Pass.Low);
            j.WriteNumberOrNull("high", c.Pass.High);
            j.WriteEndObject();
        });
        json.WriteNumberOrNull("audit_on_the_set", audit.Mass);
        json.WriteNumberOrNull("audit_effective", audit.Effective);
        List(json, "not_audited", audit.Reasons, (j, reason) => j.WriteStringValue(reason));
        AuditSection.Write(json, audit.Audits);
    }

    private static void Start(Utf8JsonWriter json, ComparedStart start)
    {
        json.WriteStartObject();
        json.WriteString("name", start.Name);
        json.WriteString("changes", start.Changes);
        json.WriteNumber("parameters", start.Parameters);
        json.WriteNumber("steps", start.Steps);
        json.WriteEndObject();
    }

    /// <summary>What several starts add to an arm.</summary>
    private static void Starts(Utf8JsonWriter json, ComparedStarts starts)
    {
        json.WriteString("start_name", starts.Start);
        List(json, "own_over_starts", starts.Own, (j, p) => Rate(j, p.K, p.Share));
        List(json, "gain", starts.Gain, (j, d) => Rate(j, d.K, d.Share));
        List(json, "start_to_control", starts.StartToControl, (j, d) => Rate(j, d.K, d.Share));
        List(json, "by_start_seed", starts.BySeed, (j, s) =>
        {
            j.WriteStartObject();
            j.WriteNumber("start_seed", s.Seed);
            List(j, "before", s.Before, Rates);
            List(j, "after", s.After, Rates);
            j.WriteEndObject();
        });
        if (starts.Cost is { } cost)
        {
            json.WriteStartObject("cost");
            json.WriteNumberOrNull("positions_per_answer", cost.Answer.Positions);
            json.WriteNumberOrNull("prompt_positions", cost.Answer.PromptPositions);
            json.WriteNumberOrNull("flops_per_answer", cost.Answer.Flops);
            json.WriteNumberOrNull("flops_per_prompt", cost.Answer.PromptFlops);
            json.WriteNumberOrNull("training_positions", cost.TrainingPositions);
            json.WriteNumberOrNull("training_flops", cost.TrainingFlops);
            json.WriteEndObject();
        }
        foreach (var (name, budget) in new[]
        {
            ("equal_positions", starts.EqualPositions), ("equal_flops", starts.EqualFlops),
        })
        {
            if (budget is null) continue;
            json.WriteStartObject(name);
            json.WriteNumberOrNull("cost_ratio", budget.Ratio);
            List(json, "pass_at_k", budget.Rates, (j, r) =>
            {
                j.WriteStartObject();
                j.WriteNumber("k", r.K);
                j.WriteNumberOrNull("answers", r.Answers);
                j.WriteNumberOrNull("estimate", r.Share.Value);
                j.WriteNumberOrNull("low", r.Share.Low);
                j.WriteNumberOrNull("high", r.Share.High);
                j.WriteBoolean("capped", r.Capped);
                j.WriteEndObject();
            });
            List(json, "to_control", budget.ToControl, (j, d) => Rate(j, d.K, d.Share));
            List(json, "to_reference", budget.ToReference, (j, d) => Rate(j, d.K, d.Share));
            json.WriteEndObject();
        }
    }

    private static void Unfinished(Utf8JsonWriter json, UnfinishedArm arm)
    {
        json.WriteStartObject();
        json.WriteString("name", arm.Name);
        foreach (var (name, done, all) in new[]
        {
            ("starts", arm.Starts, arm.StartsOf), ("learning_rates", arm.Rates, arm.RatesOf), ("runs", arm.Runs, arm.RunsOf),
        })
        {
            json.WriteNumber(name, done);
            json.WriteNumber(name + "_in_all", all);
        }
        List(json, "start", arm.Start, Rates);
        json.WriteEndObject();
    }

    private static void Level(Utf8JsonWriter json, ComparedLevel level)
    {
        json.WriteStartObject();
        json.WriteNumber("pass_at_1_percent", level.Percent);
        List(json, "arms", level.Arms, (j, m) =>
        {
            j.WriteStartObject();
            j.WriteString("arm", m.Arm);
            j.WriteNumber("seeds_bracketing", m.Bracketing);
            j.WriteNumberOrNull("step", m.Step);
            j.WriteNumberOrNull("first_thought_entropy", m.Entropy);
            List(j, "pass_at_k", m.Rates, Rates);
            List(j, "to_control", m.ToControl, (x, d) => Rate(x, d.K, d.Share));
            List(j, "to_reference", m.ToReference, (x, d) => Rate(x, d.K, d.Share));
            j.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void Rates(Utf8JsonWriter json, SeedRates rates)
    {
        json.WriteStartObject();
        json.WriteNumber("k", rates.K);
        json.WriteNumberOrNull("mean", rates.Mean);
        json.WriteNumberOrNull("deviation", rates.Deviation);
        List(json, "seeds", rates.Seeds, (j, s) =>
        {
            if (double.IsFinite(s)) j.WriteNumberValue(s);
            else j.WriteNullValue();
        });
        json.WriteEndObject();
    }
}
