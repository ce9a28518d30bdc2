namespace Softly.Cli.Benches;

/// <summary>
/// Something to be measured, in a process of its own: memory and compiled code of one cannot change the figures of another.
/// </summary>
/// <param name="name">Its name, the same in every run.</param>
/// <param name="part">The part of the command that it belongs to.</param>
/// <param name="about">What it is, in a line.</param>
/// <param name="seconds">How long it takes, roughly: only the estimate of the time that is left rests on it.</param>
internal abstract class Scenario(string name, string part, string about, double seconds)
{
    public string Name => name;
    public string Part => part;
    public string About => about;
    public double Seconds => seconds;

    /// <summary>Held on one core, whatever the machine has.</summary>
    public virtual bool OneCore => false;

    /// <summary>Recipe keys that make it what it is.</summary>
    public virtual IReadOnlyList<string> Own => [];

    /// <summary>Variables of the environment it needs before libtorch loads.</summary>
    public virtual IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>();

    /// <summary>Measures.</summary>
    public abstract void Run(Bench bench);
}

/// <summary>The limits themselves.</summary>
internal sealed class CeilingScenario() : Scenario(
    "ceilings", "ceilings", "matrix products and memory of this machine, with one thread and with all", 25)
{
    public override void Run(Bench bench)
    {
        var (sizes, memory, times) = bench.Options.Quick ? ([256], 64L << 20, 3) : ((int[])[2048, 4096], 512L << 20, 6);
        foreach (var threads in new[] { 1, bench.Options.Threads }.Distinct())
        {
            foreach (var size in sizes)
            {
                bench.Doing($"products of {size} × {size}, threads: {threads}");
                foreach (var seen in Ceilings.Products(threads, size, times)) bench.Saw(seen);
            }
            bench.Doing($"reading memory, threads: {threads}");
            bench.Saw(Ceilings.Reading(threads, memory, times));
        }
    }
}
