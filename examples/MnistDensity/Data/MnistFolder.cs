namespace MnistDensity.Data;

/// <summary>Where the four files are.</summary>
public static class MnistFolder
{
    private const string Solution = "MAFlow.MLNet.sln";

    /// <summary>Finds the files, or downloads them once into the user's cache.</summary>
    /// <param name="asked">The folder that the command line names, or null to search.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="IOException">The named folder lacks a file, or there is none and the download failed.</exception>
    public static string Find(DirectoryInfo? asked, CancellationToken cancellationToken)
    {
        var archive = MnistArchive.Original;
        if (asked is not null)
        {
            return archive.MissingFrom(asked.FullName) is [var missing, ..]
                ? throw new FileNotFoundException($"Expected the four gzip files of MNIST in {asked.FullName}, got none named {missing.Name}; give another --data, or leave it out to download them.")
                : asked.FullName;
        }

        if (Candidates().FirstOrDefault(folder => archive.MissingFrom(folder).Count == 0) is { } found)
        {
            return found;
        }

        Directory.CreateDirectory(Cache);
        using var client = new HttpClient();
        WorkDisplay.Show($"Downloading MNIST (11 MB) to {Cache}", progress => new MnistDownload(client, MnistDownload.PublicMirrors).Fetch(archive, Cache, progress, cancellationToken));
        return Cache;
    }

    private static string Cache
    {
        get
        {
            var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(local.Length > 0 ? local : Path.GetTempPath(), "MAFlow", "mnist");
        }
    }

    private static IEnumerable<string> Candidates()
    {
        yield return Path.GetFullPath(Path.Combine("data", "mnist"));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)) && folder.Parent is { } besideRepository)
            {
                yield return Path.Combine(besideRepository.FullName, "shared", "data", "mnist");
            }
        }

        yield return Cache;
    }
}
