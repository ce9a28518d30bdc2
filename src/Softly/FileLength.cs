namespace Softly;

/// <summary>How long files are, for limits on what is read into memory.</summary>
internal static class FileLength
{
    /// <summary>
    /// Bytes of the file that opening <paramref name="path"/> gives: of a symbolic link, which <see cref="FileInfo.Length"/>
    /// measures itself, the file that it leads to.
    /// </summary>
    public static long Of(string path)
    {
        using var file = File.OpenHandle(path);
        return RandomAccess.GetLength(file);
    }
}
