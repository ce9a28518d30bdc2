using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Softly.Sampling;

/// <summary>
/// Marks a law that a recipe can name. The class also has <c>public static StepLaw From(LawSettings)</c>; nothing else need
/// know it.
/// </summary>
/// <param name="name">The name a recipe uses.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class LawAttribute(string name) : Attribute
{
    /// <summary>The name a recipe uses.</summary>
    public string Name { get; } = name;
}

/// <summary>What a recipe says of its law; each law takes what it knows.</summary>
/// <param name="Tau">τ: temperature of the mixture.</param>
/// <param name="NoiseScale">κ: scale of the noise.</param>
public sealed record LawSettings(double Tau = 0.1, double NoiseScale = 1);

/// <summary>All laws by name, found by their mark: adding one is adding its file.</summary>
public static class StepLaws
{
    private static readonly IReadOnlyDictionary<string, Type> Known = typeof(StepLaw).Assembly.GetTypes()
        .Select(t => (Type: t, Mark: t.GetCustomAttribute<LawAttribute>())).Where(x => x.Mark is not null)
        .OrderBy(x => x.Mark!.Name, StringComparer.Ordinal).ToDictionary(x => x.Mark!.Name, x => x.Type);

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>A law by name.</summary>
    /// <exception cref="ArgumentException">
    /// There is none of that name, or it cannot be had with these settings; the message has the remedy.
    /// </exception>
    public static StepLaw Make(string name, LawSettings settings)
    {
        if (!Known.TryGetValue(name, out var type))
            throw new ArgumentException($"there is no law '{name}'; laws: {string.Join(", ", Names)}");
        try
        {
            return (StepLaw)type.GetMethod("From", [typeof(LawSettings)])!.Invoke(null, [settings])!;
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
