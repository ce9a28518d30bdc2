using System.Reflection;
using System.Runtime.Loader;
using Softly.Tasks;

namespace Softly.Cli.Rewards;

/// <summary>A reward of the user's own as a recipe names it: a file, and where it holds several, a name.</summary>
/// <param name="Path">A C# file, or an assembly.</param>
/// <param name="Name">Which of its rewards; null where there is only one.</param>
internal sealed record RewardFile(string Path, string? Name)
{
    private static readonly string[] Endings = [".cs", ".dll"];

    /// <summary>Reads <c>my/Reward.cs</c> and <c>my/Reward.cs:brevity</c>; null where it is no file's name.</summary>
    public static RewardFile? Of(string text)
    {
        foreach (var ending in Endings)
        {
            if (text.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) return new(text, null);
            if (text.LastIndexOf(ending + ":", StringComparison.OrdinalIgnoreCase) is > 0 and var at)
                return new(text[..(at + ending.Length)], text[(at + ending.Length + 1)..]);
        }
        return null;
    }

    /// <summary>The files that a recipe's rewards come from, each once; none where they cannot be read.</summary>
    public static IReadOnlyList<string> In(string? rewards)
    {
        if (rewards is null) return [];
        try
        {
            return [.. RewardSpec.Read(rewards).Select(s => Of(s.Name)?.Path).OfType<string>().Distinct()];
        }
        catch (ArgumentException)
        {
            return [];
        }
    }

    /// <summary>Compiles it, where it is not compiled yet, and loads it.</summary>
    /// <exception cref="UserError">There is no such file, or it cannot be compiled or loaded.</exception>
    public Assembly Load()
    {
        if (!File.Exists(Path)) throw new UserError($"{Path}: there is no such file");
        if (Path.EndsWith(".cs", StringComparison.OrdinalIgnoreCase)) return RewardCompiler.Compile(Path);
        try
        {
            var full = System.IO.Path.GetFullPath(Path);
            return new Beside(full).LoadFromAssemblyPath(full);
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException)
        {
            throw new UserError($"{Path}: no .NET assembly: {e.Message}");
        }
    }

    /// <summary>An assembly with what lies beside it; what this program has already is not loaded again.</summary>
    private sealed class Beside(string path) : AssemblyLoadContext(path, isCollectible: true)
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName name) =>
            Default.Assemblies.Any(a => a.GetName().Name == name.Name) ? null
            : _resolver.ResolveAssemblyToPath(name) is { } found ? LoadFromAssemblyPath(found)
            : null;
    }
}
