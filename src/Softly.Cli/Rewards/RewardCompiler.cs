using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Softly.Tasks;

namespace Softly.Cli.Rewards;

/// <summary>
/// Compiles a reward that a user wrote as one C# file against what this program runs on: the .NET library and Softly.Tasks.
/// What the file need not say: <c>using System</c>, <c>System.Collections.Generic</c>, <c>System.Linq</c> and
/// <c>Softly.Tasks</c>.
/// </summary>
internal static class RewardCompiler
{
    private const int LargestFile = 1 << 20;
    private const int MostErrors = 10;

    private const string Usings = "global using System; global using System.Collections.Generic; global using System.Linq; "
        + "global using Softly.Tasks;";

    /// <summary>Compiles and loads; what was loaded goes when nobody uses it any more.</summary>
    /// <exception cref="UserError">It does not compile: one line an error, with file and line.</exception>
    public static Assembly Compile(string path)
    {
        if (new FileInfo(path).Length > LargestFile) throw new UserError($"{path}: more than 1 MiB; a reward is a page of C#");
        var parse = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "reward-" + Path.GetFileNameWithoutExtension(path),
            [CSharpSyntaxTree.ParseText(File.ReadAllText(path), parse, path), CSharpSyntaxTree.ParseText(Usings, parse)],
            References(),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable));
        using var code = new MemoryStream();
        var result = compilation.Emit(code);
        if (!result.Success) throw new UserError(Told(path, result.Diagnostics));
        code.Position = 0;
        return new AssemblyLoadContext(path, isCollectible: true).LoadFromStream(code);
    }

    private static string Told(string path, IEnumerable<Diagnostic> diagnostics)
    {
        var errors = diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)
            .OrderBy(d => d.Location.SourceSpan.Start).Select(d =>
                $"{path}:{d.Location.GetLineSpan().StartLinePosition.Line + 1}: {d.Id}: {d.GetMessage()}").ToList();
        return string.Join(Environment.NewLine, errors.Take(MostErrors))
            + (errors.Count > MostErrors ? $"{Environment.NewLine}{path}: and {errors.Count - MostErrors} more" : "");
    }

    /// <summary>The library that the runtime itself would load, and what rewards are written against.</summary>
    private static IEnumerable<MetadataReference> References()
    {
        var library = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetDirectoryName(file) == library)
            .Append(typeof(IReward).Assembly.Location)
            .Select(file => MetadataReference.CreateFromFile(file));
    }
}
