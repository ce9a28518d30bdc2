using System.Reflection;
using Softly.Sampling;
using Softly.Tasks;

namespace Softly.Algorithms;

/// <summary>
/// Marks a method that a recipe can name. The class has <c>public static Method Preset { get; }</c>; nothing else need know it.
/// </summary>
/// <param name="name">The name a recipe uses.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MethodAttribute(string name) : Attribute
{
    /// <summary>The name a recipe uses.</summary>
    public string Name { get; } = name;
}

/// <summary>
/// A published method as data: a loss, and where it thinks in soft tokens a law. A recipe's keys change single members.
/// </summary>
public sealed record Method
{
    /// <summary>What it is, in a line.</summary>
    public required string Description { get; init; }

    /// <summary>The thinking law by name; null for discrete thinking.</summary>
    public string? Law { get; init; }

    /// <summary>The law's settings where they are not its own defaults.</summary>
    public LawSettings LawSettings { get; init; } = new();

    /// <summary>The tokens a thought is made of; null for the general default.</summary>
    public SupportFilter? Thinking { get; init; }

    /// <summary>The loss.</summary>
    public required LossOptions Loss { get; init; }

    /// <summary>Replaces groups without spread by fresh problems.</summary>
    public bool DynamicSampling { get; init; }

    /// <summary>The name a recipe uses, from its mark.</summary>
    public string Name { get; init; } = "";

    /// <summary>The method as an algorithm.</summary>
    /// <param name="loss">Another loss than its own; null for its own.</param>
    /// <exception cref="ArgumentException">The loss contradicts itself; the message names each with its remedy.</exception>
    public PolicyGradient Algorithm(LossOptions? loss = null) =>
        new(loss ?? Loss, Name, Law is null ? null : StepLaws.Make(Law, LawSettings));
}

/// <summary>All methods by name, found by their mark: adding one is adding its file.</summary>
public static class Methods
{
    private static readonly IReadOnlyDictionary<string, Method> Known = typeof(Method).Assembly.GetTypes()
        .Select(t => (Type: t, Mark: t.GetCustomAttribute<MethodAttribute>()!)).Where(x => x.Mark is not null)
        .OrderBy(x => x.Mark.Name, StringComparer.Ordinal)
        .ToDictionary(x => x.Mark.Name, x => (Method)x.Type.GetProperty("Preset")!.GetValue(null)! with { Name = x.Mark.Name });

    /// <summary>All names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>A method by name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message has the nearest.</exception>
    public static Method Get(string name) => Known.TryGetValue(name, out var method) ? method : throw new ArgumentException(
        $"there is no method '{name}'{(NearestName.Of(name, Names) is { } near ? $"; did you mean '{near}'?" : ".")} "
        + $"Methods: {string.Join(", ", Names)}");
}
