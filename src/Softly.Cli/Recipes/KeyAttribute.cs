namespace Softly.Cli.Recipes;

/// <summary>Documents a recipe key; its name is the property's in snake_case.</summary>
/// <param name="help">What it does, for <c>softly train --keys</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KeyAttribute(string help) : Attribute
{
    /// <summary>What the key does.</summary>
    public string Help { get; } = help;

    /// <summary>Other names it is known by (verl's, the reference code's), separated by blanks.</summary>
    public string Aliases { get; init; } = "";

    /// <summary>The values a text may have, separated by blanks; empty for any.</summary>
    public string Choices { get; init; } = "";

    /// <summary>True where the names of thinking laws are choices too.</summary>
    public bool Laws { get; init; }

    /// <summary>True where the names of methods are choices too.</summary>
    public bool Methods { get; init; }

    /// <summary>True where the names of graders are choices too.</summary>
    public bool Graders { get; init; }

    /// <summary>The least value of a number.</summary>
    public double Least { get; init; } = double.NegativeInfinity;

    /// <summary>The largest value of a number.</summary>
    public double Most { get; init; } = double.PositiveInfinity;

    /// <summary>True where the least value itself is not allowed.</summary>
    public bool Above { get; init; }

    /// <summary>True where the largest value itself is not allowed.</summary>
    public bool Below { get; init; }
}
