using System.Text.Json;
using static Softly.Runs.Reports.ReportJson;

namespace Softly.Runs.Reports;

/// <summary>
/// The result for programs. Names are stable: they are added to, never changed, while <c>format</c> stays the same. Curves and
/// samples are written as in a run's <c>metrics.jsonl</c> and <c>rollouts</c>.
/// </summary>
internal static class QuickstartJson
{
    private const string Format = "softly-quickstart-1";

    public static void Write(Utf8JsonWriter json, QuickstartResult result)
    {
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteString("command_line", result.CommandLine);
        json.WriteNumber("seed", result.Seed);
        json.WriteString("advantage", result.Advantage);
        json.WriteStartObject("machine");
        json.WriteNumber("cores", result.Machine.Cores);
        json.WriteString("framework", result.Machine.Framework);
        json.WriteString("system", result.Machine.System);
        json.WriteEndObject();
        json.WriteStartObject("task");
        json.WriteString("name", result.Task.Name);
        json.WriteString("description", result.Task.Description);
        json.WriteNumber("problems", result.Task.Problems);
        json.WriteNumber("samples", result.Task.Samples);
        json.WriteBoolean("held_out", result.Task.HeldOut);
        json.WriteEndObject();
        json.WriteStartObject("warm_start");
        json.WriteNumber("parameters", result.WarmStart.Parameters);
        json.WriteNumber("steps", result.WarmStart.Steps);
        json.WriteNumberOrNull("seconds", result.WarmStart.Seconds);
        json.WriteNumberOrNull("loss", result.WarmStart.Loss);
        json.WriteEndObject();
        List(json, "arms", result.Arms, Arm);
        List(json, "decodings", result.Decodings, Decoding);
        List(json, "evaluations", result.Evaluations, Evaluation);
        json.WriteString("control", result.Control);
        Passes(json, "guess", result.Guess);
        List(json, "matched", result.Matched, Match);
        if (result.Audits.Count > 0) AuditSection.Write(json, result.Audits);
        if (result.Unaudited is { } why) json.WriteString("unaudited", why);
        if (result.Story.Conclusion(result) is { Count: > 0 } conclusion)
            List(json, "conclusion", conclusion, (j, sentence) => j.WriteStringValue(sentence));
        List(json, "durations", result.Durations, Duration);
        json.WriteEndObject();
    }

    private static void Arm(Utf8JsonWriter json, QuickstartArm arm)
    {
        json.WriteStartObject();
        json.WriteString("name", arm.Name);
        json.WriteString("description", arm.Description);
        json.WriteString("own_decoding", arm.OwnDecoding);
        if (arm.Start != QuickstartResult.WarmStartModel) json.WriteString("start", arm.Start);
        json.WriteNumberOrNull("seconds", arm.Seconds);
        List(json, "curve", arm.Curve, (j, entry) => entry.Write(j));
        List(json, "samples", arm.Samples, (j, rollout) => rollout.Write(j));
        json.WriteEndObject();
    }

    private static void Decoding(Utf8JsonWriter json, QuickstartDecoding decoding)
    {
        json.WriteStartObject();
        json.WriteString("name", decoding.Name);
        json.WriteString("description", decoding.Description);
        json.WriteEndObject();
    }

    private static void Evaluation(Utf8JsonWriter json, QuickstartEvaluation evaluation)
    {
        json.WriteStartObject();
        json.WriteString("model", evaluation.Model);
        json.WriteString("decoding", evaluation.Decoding);
        Passes(json, "pass_at_k", evaluation.PassAtK);
        json.WriteNumberOrNull("first_thought_entropy", evaluation.FirstThoughtEntropy ?? double.NaN);
        List(json, "to_warm_start", evaluation.ToWarmStart, (j, d) => Rate(j, d.K, d.Share));
        if (evaluation.Control is { } control) json.WriteString("control", control);
        List(json, "to_control", evaluation.ToControl, (j, d) => Rate(j, d.K, d.Share));
        json.WriteEndObject();
    }

    private static void Match(Utf8JsonWriter json, QuickstartMatch match)
    {
        json.WriteStartObject();
        json.WriteString("arm", match.Arm);
        json.WriteNumberOrNull("step", match.Step ?? double.NaN);
        Passes(json, "pass_at_k", match.PassAtK);
        json.WriteEndObject();
    }

    private static void Duration(Utf8JsonWriter json, QuickstartDuration duration)
    {
        json.WriteStartObject();
        json.WriteString("name", duration.Name);
        json.WriteNumberOrNull("seconds", duration.Seconds);
        json.WriteEndObject();
    }

    private static void Passes(Utf8JsonWriter json, string name, IReadOnlyList<PassAt> passes) =>
        List(json, name, passes, (j, pass) => Rate(j, pass.K, pass.Share));
}
