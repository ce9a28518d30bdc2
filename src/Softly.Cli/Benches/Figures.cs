using Softly.Runs;

namespace Softly.Cli.Benches;

/// <summary>
/// What follows from measurements: the figures that something is asked of, then the shares of the limits that others reach.
/// </summary>
internal static class Figures
{
    /// <summary>All figures whose measurements are there.</summary>
    public static IEnumerable<Figure> Of(BenchDocument d)
    {
        var asked = Asked(d).OfType<Figure>().ToList();
        return asked.Concat(d.Measurements.SelectMany(m => Shares(d, m)).Where(f => asked.All(a => a.Name != f.Name)));
    }

    private static IEnumerable<Figure?> Asked(BenchDocument d)
    {
        yield return TimesTheLimit(d, Catalog.StepGrpo, 1.0, "TRL 1.16 on PyTorch 2.13: 4.0 (140 s)");
        yield return Ratio(
            "SofT-GRPO's step ÷ GRPO's", d, Catalog.StepSoft, Catalog.StepGrpo, 1.1, higher: false,
            "the published system: 3.4");
        yield return Ratio(
            "SofT-GRPO's step with its KL ÷ GRPO's", d, Catalog.StepSoftKl, Catalog.StepGrpo, null, higher: false, null);
        yield return TimesTheLimit(d, Catalog.StepParity, 1.5, "TRL: 4.3 to 5.6 (0.21 to 0.28 s)");
        yield return TimesTheLimit(d, Catalog.StepParityHalf, 1.5, "the same");
        yield return Share(
            d, Catalog.DecodeSoft, 0.6,
            "llama.cpp (506 BF16, 544 Q4_0 tok/s) 33 to 35 %; eager PyTorch (short context) 48 %; "
            + "transformers' generate 13 to 17 %");
        yield return Fastest(
            "decode soft, tiny: times the plain TorchSharp loop", d, Catalog.DecodeTiny, Catalog.DecodePlain, 4,
            "eager PyTorch 2.13: 1.3 ×");
        yield return Share(
            d, Catalog.UpdateDiscrete, 0.65, "eager PyTorch 2.13, pure bf16: 70 %; transformers: 49 %");
        yield return Share(d, Catalog.UpdateSoft, null, null);
        yield return Fastest(
            "step grpo, tiny: times the padded, unshared, full-logits one", d, Catalog.StepTiny, Catalog.StepEager, 4, null);
        foreach (var peer in d.Measurements.Where(m => m.Name.StartsWith(Catalog.Peer, StringComparison.Ordinal)))
            yield return Fastest(
                $"ours: times {peer.Name}", d, Catalog.PeerOurs, peer.Name, null, null);
        yield return Growth(d);
        foreach (var sweep in new[] { Catalog.LengthUpdate, Catalog.LengthDecode }) yield return Longest(d, sweep);
    }

    /// <summary>Time over that of the same operations at the limit of single precision.</summary>
    private static Figure? TimesTheLimit(BenchDocument d, string name, double asked, string others) =>
        d.Find(name) is { } m && d.Share(m, Ceiling.Single) is { } share && d.Share(m, Ceiling.Single, median: true) is { } middle
            ? new Figure($"{name}: time ÷ (FLOPs ÷ fp32 limit)", 1 / share, 1 / middle)
            {
                HigherIsBetter = false, Asked = m.IsAsked ? asked : null, Others = others, Behind = Behind(m),
            }
            : null;

    private static Figure? Share(BenchDocument d, string name, double? asked, string? others) =>
        d.Find(name) is { } m && d.Share(m, Ceiling.Half) is { } share && d.Share(m, Ceiling.Half, median: true) is { } middle
            ? new Figure(OfLimit(name, Ceiling.Half), share, middle)
            {
                Unit = "%", Asked = m.IsAsked ? asked : null, Others = others, Behind = Behind(m)
            }
            : null;

    private static Figure? Ratio(
        string title, BenchDocument d, string over, string under, double? asked, bool higher, string? others) =>
        d.Find(over) is { } a && d.Find(under) is { } b
            ? new Figure(title, a.Seconds.Best / b.Seconds.Best, a.Seconds.Median / b.Seconds.Median)
            {
                HigherIsBetter = higher, Asked = a.IsAsked ? asked : null, Others = others, Behind = $"{Behind(a)}; {Behind(b)}",
            }
            : null;

    /// <summary>How many times as fast as the fastest of several ways of doing it otherwise.</summary>
    private static Figure? Fastest(string title, BenchDocument d, string ours, string theirs, double? asked, string? others)
    {
        if (d.Find(ours) is not { } a) return null;
        var ways = d.Measurements
            .Where(m => m.Name.StartsWith(theirs, StringComparison.Ordinal) && !m.Name.Contains(':')) // not its parts
            .ToList();
        if (ways.Count == 0) return null;
        var b = ways.MinBy(m => m.Seconds.Best / m.Work.Tokens)!;
        return new Figure(
            title, b.Seconds.Best / b.Work.Tokens * a.Work.Tokens / a.Seconds.Best,
            b.Seconds.Median / b.Work.Tokens * a.Work.Tokens / a.Seconds.Median)
        {
            Asked = a.IsAsked ? asked : null, Others = others,
            Behind = $"{Behind(a)}; " + string.Join("; ", ways.Select(w => $"{w.Name[theirs.Length..].Trim(' ', ',', ':')} "
                + $"{w.TokensPerSecond:N0} tok/s")),
        };
    }

    /// <summary>The most that the update's memory beyond the tables differs from that of the smallest vocabulary.</summary>
    private static Figure? Growth(BenchDocument d)
    {
        var swept = d.Measurements.Where(m => m.Name.StartsWith(Catalog.Memory, StringComparison.Ordinal)).ToList();
        if (swept.Count < 2) return null;
        var beyond = swept.Select(m => m.Numbers["beyond_bytes"]).ToList();
        var most = beyond.Max() / beyond[0];
        return new Figure("memory of the update beyond the weights: most ÷ that of the smallest vocabulary", most, most)
        {
            HigherIsBetter = false, Asked = d.Quick ? null : 1.1,
            Behind = string.Join("; ", swept.Select(m =>
                $"V {m.Setting["vocabulary"]}: {HumanBytes.Format((long)m.Numbers["beyond_bytes"])}"))
                + $"; that is {Tables(swept[0], swept[^1]):0.0} tables of V × {Shape.Small.Config.HiddenSize} more",
        };

        static double Tables(Measurement small, Measurement large) =>
            (large.Numbers["beyond_bytes"] - small.Numbers["beyond_bytes"])
            / (large.Numbers["table_bytes"] - small.Numbers["table_bytes"]);
    }

    /// <summary>What a token of the longest sequences costs, in that of the shortest.</summary>
    private static Figure? Longest(BenchDocument d, string sweep)
    {
        var swept = Catalog.Lengths.Select(t => d.Find($"{sweep} {t}")).ToList();
        if (swept is not [{ } first, .., { } last]) return null;
        return new Figure(
            $"{sweep}: a token at {Catalog.Lengths[^1]} ÷ one at {Catalog.Lengths[0]}",
            last.Seconds.Best / last.Work.Tokens * first.Work.Tokens / first.Seconds.Best,
            last.Seconds.Median / last.Work.Tokens * first.Work.Tokens / first.Seconds.Median)
        {
            HigherIsBetter = false,
            Behind = string.Join("; ", swept.Zip(Catalog.Lengths, (m, t) => m is null ? null
                : $"{t}: {1e6 * m.Seconds.Best / m.Work.Tokens:0.0} µs").OfType<string>()),
        };
    }

    /// <summary>The shares of the limits that a measurement reaches.</summary>
    private static IEnumerable<Figure> Shares(BenchDocument d, Measurement m)
    {
        if (m.Name.StartsWith(Catalog.Memory, StringComparison.Ordinal)) yield break; // measured once, and not for its time
        foreach (var what in new[] { Ceiling.Single, Ceiling.Half, Ceiling.Read })
            if (d.Share(m, what) is { } share)
                yield return new Figure(OfLimit(m.Name, what), share, d.Share(m, what, median: true)!.Value)
                {
                    Unit = "%", Behind = Behind(m),
                };
    }

    private static string OfLimit(string name, string what) => what == Ceiling.Read
        ? $"{name}: share of the bandwidth of memory"
        : $"{name}: share of the {what} limit";

    private static string Behind(Measurement m) =>
        $"{Timing.Show(m.Seconds.Best)} (median {Timing.Show(m.Seconds.Median)} of {m.Seconds.Runs}), "
        + $"{m.TokensPerSecond:N0} tok/s, {m.Work.Flops / 1e9:N1} GFLOP";
}
