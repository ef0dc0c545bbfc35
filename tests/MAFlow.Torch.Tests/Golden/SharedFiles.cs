namespace MAFlow.Torch.Tests;

/// <summary>Reference values that live outside the repository; tests that need them are reported as inconclusive without them.</summary>
internal static class SharedFiles
{
    public static string Require(string relativePath)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", relativePath);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        Assert.Inconclusive($"The reference file {relativePath} was not found in a folder named 'shared' beside the repository.");
        return "";
    }
}
