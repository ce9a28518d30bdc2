using System.Globalization;

namespace Softly.Runs.Reports;

/// <summary>
/// The tables that several starts add to a comparison: every start by itself, what answers cost, and equal costs.
/// </summary>
internal sealed class StartsTables(ComparisonResult result, ComparisonTables shared)
{
    private readonly IReadOnlyList<(ComparedArm Arm, ComparedStarts Starts)> _arms =
        [.. result.Arms.Where(a => a.Starts is not null).Select(a => (a, a.Starts!))];

    /// <summary>How intervals over starts are to be read.</summary>
    public const string Reading =
        "Intervals resample starts, within each start its seeds, and problems, the same for all. Of a difference problems are "
        + "always paired; starts and seeds are paired where both arms begin with the same start, and drawn apart where they do "
        + "not. A handful of starts makes intervals rather too narrow. Of twenty intervals around no difference at all, one "
        + "excludes zero by chance.";

    /// <summary>How the tables at equal cost are to be read.</summary>
    public string EqualReading =>
        $"At equal cost an arm is given, for k answers of {result.Control} to a problem, as many answers as cost as much; of "
        + "operations, the prompt's are counted once. A number that is not whole is rounded at random, so that the cost is equal "
        + "on average; less than one answer is none with the rest of the chance. ≥ marks where more answers would be due than "
        + "were drawn: all that were are taken, and the number is too low (of a difference ≤ where it is the other arm's, ? "
        + "where it is both). Costs are taken as known.";

    /// <summary>Every table, in reading order.</summary>
    public IEnumerable<Table> All() => [Made(), .. Outcome(), .. Equal()];

    /// <summary>What every start is.</summary>
    public Table Made()
    {
        var table = new Table(
            "The warm starts", Column.Text("start"), Column.Text("recipe keys"), Column.Number("parameters"),
            Column.Number("updates"));
        foreach (var start in result.Starts)
            table.Add(
                start.Name, start.Changes.Length == 0 ? "–" : start.Changes,
                start.Parameters == 0 ? "–" : start.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                start.Steps.ToString(CultureInfo.InvariantCulture));
        return table;
    }

    /// <summary>What training changed, the starts compared, and every start by itself.</summary>
    public IEnumerable<Table> Outcome() =>
    [
        .. Differences($"Points, after training minus before it, own decoding, with 95 % intervals over {shared.Over}",
            s => s.Gain),
        .. Differences(
            $"Points before training, own decoding minus {result.Control} in its own, with 95 % intervals over "
                + (result.StartSeeds.Count > 1 ? "starts and problems" : "problems"),
            s => s.StartToControl),
        .. BySeed(),
    ];

    /// <summary>
    /// What answers cost, then every arm at equal positions and at equal operations; nothing where costs are not known.
    /// </summary>
    public IEnumerable<Table> Equal() => _arms.All(a => a.Starts.Cost is null)
        ? []
        :
        [
            Costs(), .. Budget("positions generated", s => s.EqualPositions), .. Budget("operations", s => s.EqualFlops),
        ];

    /// <summary>pass@1 and the last pass@k of every start: before, and after as the mean over its seeds.</summary>
    private IEnumerable<Table> BySeed()
    {
        if (_arms.Count == 0) yield break;
        var ks = _arms[0].Starts.BySeed[0].After.Select(r => r.K).ToList();
        foreach (var k in ks is [var only] ? [only] : new[] { ks[0], ks[^1] })
        {
            var table = new Table(
                $"pass@{k} in percent of every start seed, before training → after it"
                    + (result.Seeds.Count > 1 ? $" (mean of {result.Seeds.Count} seeds)" : ""),
                [Column.Text("arm"), .. result.StartSeeds.Select(s => Column.Number(s.ToString(CultureInfo.InvariantCulture)))]);
            foreach (var (arm, starts) in _arms)
                table.Add([arm.Name, .. starts.BySeed.Select(s => $"{Cell(s.Before, k)} → {Cell(s.After, k)}")]);
            yield return table;
        }

        static string Cell(IReadOnlyList<SeedRates> rates, int k) =>
            rates.Where(r => r.K == k).Select(r => Numbers.Fixed(100 * r.Mean, 1)).FirstOrDefault("–");
    }

    private Table Costs()
    {
        var table = new Table(
            "What things cost: positions generated an answer (thoughts, mark, answer, end) behind a prompt, operations of an "
                + "answer and of a prompt; of one run's training positions generated and operations",
            Column.Text("arm"), Column.Number("positions"), Column.Number("prompt"), Column.Number("kFLOP"),
            Column.Number("prompt, kFLOP"), Column.Number("training, thousand positions"), Column.Number("training, TFLOP"));
        foreach (var (arm, starts) in _arms)
            if (starts.Cost is { } cost)
                table.Add(
                    arm.Name, Numbers.Fixed(cost.Answer.Positions, 2), Numbers.Fixed(cost.Answer.PromptPositions, 1),
                    Numbers.Fixed(cost.Answer.Flops / 1e3, 0), Numbers.Fixed(cost.Answer.PromptFlops / 1e3, 0),
                    Numbers.Significant(cost.TrainingPositions / 1e3), Numbers.Significant(cost.TrainingFlops / 1e12));
            else table.Add(arm.Name, "–", "–", "–", "–", "–", "–");
        return table;
    }

    private IEnumerable<Table> Budget(string what, Func<ComparedStarts, ComparedBudget?> of)
    {
        var some = _arms.Where(a => of(a.Starts) is not null).Select(a => (a.Arm, Budget: of(a.Starts)!)).ToList();
        if (some.Count == 0) yield break;
        var rates = new Table(
            $"For as many {what} as k answers of {result.Control}: pass@k in percent with 95 % intervals over {shared.Over}; cost of "
                + $"an answer, in those of {result.Control}",
            [Column.Text("arm"), Column.Number("cost"), .. shared.Ks()]);
        foreach (var (arm, budget) in some)
            rates.Add([arm.Name, "× " + Numbers.Fixed(budget.Ratio, 2), .. budget.Rates.Select(
                r => (r.Capped ? "≥ " : "") + r.Share.Times(100).Text())]);
        yield return rates;
        foreach (var (other, to) in new (string?, Func<ComparedBudget, IReadOnlyList<PassDifference>>)[]
        {
            (result.Control, b => b.ToControl), (result.Reference, b => b.ToReference),
        })
        {
            var table = new Table(
                $"Points minus {other}, for as many {what} as k answers of {result.Control}, with 95 % intervals over "
                    + shared.Over,
                [Column.Text("arm"), .. shared.Ks()]);
            var others = some.Find(a => a.Arm.Name == other).Budget;
            foreach (var (arm, budget) in some)
                if (to(budget) is { Count: > 0 } points)
                    table.Add([arm.Name, .. shared.Cells(points).Zip(points, (cell, p) =>
                        Mark(Capped(budget, p.K), Capped(others, p.K)) + cell)]);
            if (table.Rows.Count > 0) yield return table;
        }

        static bool Capped(ComparedBudget? budget, int k) => budget?.Rates.Any(r => r.K == k && r.Capped) == true;

        static string Mark(bool own, bool other) => (own, other) switch
        {
            (true, true) => "? ",
            (true, false) => "≥ ",
            (false, true) => "≤ ",
            _ => "",
        };
    }

    private IEnumerable<Table> Differences(string caption, Func<ComparedStarts, IReadOnlyList<PassDifference>> of)
    {
        var table = new Table(caption, [Column.Text("arm"), .. shared.Ks()]);
        foreach (var (arm, starts) in _arms)
            if (of(starts) is { Count: > 0 } some) table.Add([arm.Name, .. shared.Cells(some)]);
        if (table.Rows.Count > 0) yield return table;
    }
}
