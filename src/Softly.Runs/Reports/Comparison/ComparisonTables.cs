using System.Globalization;

namespace Softly.Runs.Reports;

/// <summary>A comparison's tables, which page, Markdown and console share.</summary>
internal sealed class ComparisonTables(ComparisonResult result)
{
    private readonly IReadOnlyList<int> _ks =
        [.. result.Arms.SelectMany(a => a.Own).Concat(result.Unfinished.SelectMany(a => a.Start)).Select(r => r.K)
            .Distinct().Order()];

    /// <summary>What several starts add; null where there is one for all.</summary>
    public StartsTables? Starts => Several ? new StartsTables(result, this) : null;

    private bool Several => result.StartSeeds.Count > 0;

    private int Runs => result.Seeds.Count * Math.Max(1, result.StartSeeds.Count);

    private string Spread => Runs > 1 ? $", mean ± standard deviation over {Runs} {(Several ? "runs" : "seeds")}" : "";

    /// <summary>A learning rate as people write it: 1e-4.</summary>
    public static string Rate(double rate) => rate.ToString("0.##e0", CultureInfo.InvariantCulture);

    /// <summary>The main table: every arm as it answers itself.</summary>
    public Table Own()
    {
        var spread = Several ? $" with 95 % intervals over {Over}" : Spread;
        var table = new Table(
            $"After {result.Steps} steps, own decoding: pass@k in percent{spread}; entropy H0 at the first thought in nats",
            [Column.Text("arm"), Column.Number("rate"), .. Ks(), Column.Number("H0")]);
        foreach (var arm in result.Arms)
            table.Add([arm.Name, Rate(arm.LearningRate), .. arm.Starts is { } s ? Cells(s.Own) : Cells(arm.Own),
                Numbers.Fixed(arm.Entropy, 2)]);
        if (result.Guess.Count > 0) table.Add(["guessing", "–", .. Cells(result.Guess), "–"]);
        return table;
    }

    /// <summary>Every arm in the control's decoding; null where no arm was read in it but the control.</summary>
    public Table? Common()
    {
        if (Several && result.Arms.Count(a => a.Common.Count > 0) < 2) return null;
        var table = new Table(
            $"After {result.Steps} steps, all in the decoding of {result.Control}: pass@k in percent{Spread}",
            [Column.Text("arm"), .. Ks()]);
        foreach (var arm in result.Arms)
            if (arm.Common.Count > 0) table.Add([arm.Name, .. Cells(arm.Common)]);
        return table;
    }

    /// <summary>The common start in every arm's own decoding.</summary>
    public Table Start()
    {
        var table = new Table(
            Several
                ? "Before training, each arm's starts in its own decoding: pass@k in percent with 95 % intervals over "
                    + $"{(result.StartSeeds.Count > 1 ? "starts and problems" : "problems")}; H0 in nats"
                : "The common start in each arm's own decoding: pass@k in percent with 95 % intervals over problems; H0 in nats",
            [Column.Text("arm"), .. Ks(), Column.Number("H0")]);
        foreach (var arm in result.Arms) table.Add([arm.Name, .. Cells(arm.Start), Numbers.Fixed(arm.StartEntropy, 2)]);
        if (Several && result.Guess.Count > 0) table.Add(["guessing", .. Cells(result.Guess), "–"]);
        return table;
    }

    /// <summary>How learning rates were chosen; null without a sweep.</summary>
    public Table? Sweep()
    {
        if (result.Sweep is not { } sweep) return null;
        var table = new Table(
            $"pass@1 in percent on {sweep.Problems} validation problems × {sweep.Samples} answers after {sweep.Steps} steps, "
            + $"seed {sweep.Seed}; the best is taken",
            [Column.Text("arm"), .. sweep.Rates.Select(r => Column.Number(Rate(r))), Column.Number("taken")]);
        foreach (var arm in result.Arms)
            table.Add([arm.Name, .. sweep.Rates.Select(r => arm.Sweep.Where(s => s.Rate == r)
                .Select(s => Numbers.Fixed(100 * s.Pass, 1)).FirstOrDefault("–")), Rate(arm.LearningRate)]);
        return table;
    }

    /// <summary>Paired differences: own and common decoding, to the control and to the reference; only what there is.</summary>
    public IEnumerable<Table> Differences()
    {
        (string What, Func<ComparedArm, IReadOnlyList<PassDifference>> Of)[] all =
        [
            ($"own decoding minus {result.Control} in its own", a => a.OwnToControl),
            ($"own decoding minus {result.Reference} in its own", a => a.OwnToReference),
            ($"decoding of {result.Control}, minus {result.Control}", a => a.CommonToControl),
            ($"decoding of {result.Control}, minus {result.Reference}", a => a.CommonToReference),
        ];
        foreach (var (what, of) in all)
        {
            var table = new Table(
                $"Points, {what}, with 95 % intervals over {Over}",
                [Column.Text("arm"), .. Ks()]);
            foreach (var arm in result.Arms)
                if (of(arm) is { Count: > 0 } some) table.Add([arm.Name, .. Cells(some)]);
            if (table.Rows.Count > 0) yield return table;
        }
    }

    /// <summary>A level's rates, then its differences to the control and to the reference.</summary>
    public IEnumerable<Table> Matched(ComparedLevel level)
    {
        var ks = _ks.Where(k => k > 1).ToList();
        var at = $"where pass@1 is {Numbers.Significant(level.Percent)}";
        var rates = new Table(
            $"Own decoding {at}: pass@k in percent, on straight lines between evaluations",
            [Column.Text("arm"), Column.Number(Several ? "runs" : "seeds"), Column.Number("step"),
                .. ks.Select(k => Column.Number($"pass@{k}")), Column.Number("H0")]);
        foreach (var m in level.Arms)
            rates.Add([m.Arm, $"{m.Bracketing} of {Runs}", Numbers.Fixed(m.Step, 0),
                .. ks.Select(k => m.Rates.Where(r => r.K == k).Select(Text).FirstOrDefault("–")), Numbers.Fixed(m.Entropy, 2)]);
        yield return rates;
        foreach (var (other, of) in new (string?, Func<ComparedMatch, IReadOnlyList<PassDifference>>)[]
        {
            (result.Control, m => m.ToControl), (result.Reference, m => m.ToReference)
        })
        {
            var table = new Table(
                $"Points minus {other} {at}, with 95 % intervals over {(Several ? Over : "problems and seeds")}; the place of the "
                + "level is taken as known",
                [Column.Text("arm"), .. ks.Select(k => Column.Number($"pass@{k}"))]);
            foreach (var m in level.Arms)
                if (of(m) is { Count: > 0 } some) table.Add([m.Arm, .. ks.Select(k => Cell(some, k))]);
            if (table.Rows.Count > 0) yield return table;
        }
    }

    /// <summary>Gradient noise and time.</summary>
    public Table Gradients()
    {
        var measured = result.Arms.FirstOrDefault(a => a.Gradient is not null)?.Gradient;
        var table = new Table(
            (measured is null ? "Time" : $"Gradient at the {(Several ? "first model of each start" : "common start")}, "
                + $"{measured.Batches} batches of {result.PromptsPerStep} × {result.GroupSize} rollouts: signal to noise |mean|² / "
                + $"variance, cosine to {result.Reference ?? result.Control}, both debiased")
            + $"; seconds a step with {result.Jobs} {(result.Jobs == 1 ? "run" : "runs")} side by side",
            Column.Text("arm"), Column.Number("signal to noise"), Column.Number("cosine"), Column.Number("s a step"));
        foreach (var arm in result.Arms)
            table.Add(
                arm.Name, arm.Gradient is { } g ? Numbers.Fixed(g.SignalToNoise, 3) : "–",
                arm.Gradient is { } c ? Numbers.Fixed(c.Cosine, 2) : "–", Numbers.Significant(arm.SecondsPerStep));
        return table;
    }

    /// <summary>What thoughts are worth after training, and what they hold; nothing where none was audited.</summary>
    public IEnumerable<Table> Audits()
    {
        var audited = result.Arms.Where(a => a.Audit is not null).Select(a => (a.Name, Audit: a.Audit!)).ToList();
        if (audited.Count == 0) yield break;
        string[] conditions =
            [.. AuditConditions.Meanings.Keys.Where(c => audited.Any(a => a.Audit.Conditions.Any(x => x.Condition == c)))];
        var worth = new Table(
            "What the thoughts are worth: pass@1 in percent after other thoughts, one run of each start seed, with 95 % "
                + $"intervals over {(result.StartSeeds.Count > 1 ? "starts and problems" : "problems")}",
            [Column.Text("arm"), .. conditions.Select(Column.Number)]);
        var held = new Table(
            "Verdicts of these runs one by one; of all thoughts the share on the words they should hold, and e^entropy",
            Column.Text("arm"), Column.Text("the thoughts are"), Column.Text("winners are"), Column.Number("on the set, %"),
            Column.Number("effective"));
        foreach (var (name, audit) in audited)
        {
            worth.Add([name, .. conditions.Select(c => audit.Conditions.Where(x => x.Condition == c)
                .Select(x => x.Pass.Times(100).Text()).FirstOrDefault("–"))]);
            held.Add(
                name, Count(audit.Audits.Select(Thoughts).Concat(audit.Reasons.Select(_ => "not to be audited"))),
                // Words are their own winners.
                Count(audit.Audits.Where(a => a.Summary.Difference(AuditConditions.Winner) is not null).Select(Winners)),
                Numbers.Fixed(100 * audit.Mass, 1), Numbers.Fixed(audit.Effective, 2));
        }
        yield return worth;
        yield return held;

        static string Thoughts(PartAudit audit) => audit.Summary.Verdict.Thoughts switch
        {
            AuditFinding.Alive => "alive",
            AuditFinding.Little => "worth a little",
            AuditFinding.Dead => "dead",
            _ => "open",
        };

        static string Winners(PartAudit audit) => audit.Summary.Verdict.Winners switch
        {
            WinnerFinding.NotEnough => "not enough",
            WinnerFinding.Little => "almost enough",
            WinnerFinding.Enough => "enough",
            _ => "open",
        };

        static string Count(IEnumerable<string> verdicts) => string.Join(
            ", ", verdicts.CountBy(v => v).OrderByDescending(v => v.Value).Select(v => $"{v.Key} {v.Value}")) is { Length: > 0 } all
            ? all : "–";
    }

    /// <summary>Arms whose thoughts cannot be audited, in sentences.</summary>
    public IEnumerable<string> Unaudited() => result.Arms.Where(a => a.Audit is { Reasons.Count: > 0 })
        .Select(a => $"{a.Name}: {string.Join("; ", a.Audit!.Reasons.Distinct())}.");

    /// <summary>What is missing; null where nothing is.</summary>
    public Table? Unfinished()
    {
        if (result.Unfinished.Count == 0) return null;
        var table = new Table(
            "Not finished, and in no other table: what is done, and the start in the arm's own decoding, pass@k in percent",
            [Column.Text("arm"), Column.Number("starts"), Column.Number("rates"), Column.Number("runs"), .. Ks()]);
        foreach (var arm in result.Unfinished)
            table.Add([arm.Name, $"{arm.Starts} of {arm.StartsOf}", arm.RatesOf == 0 ? "–" : $"{arm.Rates} of {arm.RatesOf}",
                $"{arm.Runs} of {arm.RunsOf}", .. Cells(arm.Start)]);
        return table;
    }

    /// <summary>What each arm is.</summary>
    public Table Arms()
    {
        var table = new Table("The arms", Column.Text("arm"), Column.Text("recipe keys"));
        foreach (var arm in result.Arms) table.Add(arm.Name, arm.Changes);
        return table;
    }

    /// <summary>What was run, in sentences.</summary>
    public IEnumerable<string> Setting()
    {
        var (task, warm) = (result.Task, result.WarmStart);
        yield return $"Task {task.Name}: {task.Description}. {task.Problems} test problems × {task.Samples} answers, the same "
            + "for all arms and seeds and with the same noise; none was trained on or chosen by.";
        if (Several)
            yield return $"{result.Starts.Count} {(result.Starts.Count == 1 ? "warm start" : "warm starts")} × start seeds "
                + $"{string.Join(", ", result.StartSeeds)}: every arm runs from all models of its start with every seed, "
                + $"{Runs} runs an arm.";
        else
            yield return $"One start of {warm.Parameters:N0} parameters for all arms"
                + (warm.Steps > 0 ? $", {warm.Steps} supervised updates." : ".");
        yield return $"{result.Steps} steps of {result.PromptsPerStep} problems × {result.GroupSize} answers; seeds "
            + $"{string.Join(", ", result.Seeds)}.";
        yield return $"{result.Machine.Cores} {(result.Machine.Cores == 1 ? "core" : "cores")}, {result.Machine.System}, "
            + $"{result.Machine.Framework}; {result.Jobs} {(result.Jobs == 1 ? "run" : "runs")} side by side, one thread each.";
    }

    /// <summary>What intervals of runs resample.</summary>
    public string Over => (Several && result.StartSeeds.Count > 1, result.Seeds.Count > 1) switch
    {
        (true, true) => "starts, seeds and problems",
        (true, false) => "starts and problems",
        (false, true) => "problems and seeds",
        _ => "problems",
    };

    /// <summary>How the intervals are to be read.</summary>
    public string Reading => Several ? StartsTables.Reading : SeedsReading;

    private const string SeedsReading =
        "Intervals of differences resample problems (the same for both arms) and seeds (paired by number); a handful of seeds "
        + "makes them rather too narrow. Of twenty intervals around no difference at all, one excludes zero by chance.";

    private static string Text(SeedRates rates) => Numbers.Fixed(100 * rates.Mean, 1)
        + (double.IsNaN(rates.Deviation) ? "" : $" ± {Numbers.Fixed(100 * rates.Deviation, 1)}");

    /// <summary>A column for every k.</summary>
    internal IEnumerable<Column> Ks() => _ks.Select(k => Column.Number($"pass@{k}"));

    private IEnumerable<string> Cells(IReadOnlyList<SeedRates> rates) =>
        _ks.Select(k => rates.Where(r => r.K == k).Select(Text).FirstOrDefault("–"));

    /// <summary>A cell for every k.</summary>
    internal IEnumerable<string> Cells(IReadOnlyList<PassAt> passes) =>
        _ks.Select(k => passes.Where(p => p.K == k).Select(p => p.Share.Times(100).Text()).FirstOrDefault("–"));

    /// <summary>A cell for every k.</summary>
    internal IEnumerable<string> Cells(IReadOnlyList<PassDifference> differences) => _ks.Select(k => Cell(differences, k));

    private static string Cell(IReadOnlyList<PassDifference> differences, int k) =>
        differences.Where(d => d.K == k).Select(d => d.Share.Times(100).Text(signed: true)).FirstOrDefault("–");
}
