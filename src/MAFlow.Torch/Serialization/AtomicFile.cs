namespace MAFlow.Torch.Serialization;

/// <summary>Writes a file in one step as seen from outside: a temporary file beside it, flushed to disk, then renamed over it.</summary>
internal static class AtomicFile
{
    private const int IdentifierLength = 32;

    /// <summary>Deletes what killed writers of a file left beside it; not while another process may write it.</summary>
    public static void DeleteLeftovers(string path)
    {
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            return;
        }

        var (before, after) = (Path.GetFileName(target) + ".", ".tmp");
        foreach (var file in Directory.EnumerateFiles(folder, "*" + after))
        {
            var name = Path.GetFileName(file);
            if (name.StartsWith(before, StringComparison.Ordinal) && name.Length == before.Length + IdentifierLength + after.Length)
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>Writes a file; when writing fails, an earlier file of that name is untouched and no temporary file stays behind.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception error)
        {
            File.Delete(temporary);
            // What .NET says when the file system or a quota limits the length of files.
            if (error is ArgumentOutOfRangeException)
            {
                throw new IOException(
                    $"Expected room for '{target}', got a limit on the length of files; free space or raise the limit.", error);
            }

            throw;
        }
    }
}
