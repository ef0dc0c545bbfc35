using System.Text.Json;
using MAFlow.Tests;

namespace MAFlow.Examples.Tests;

/// <summary>The examples under mpirun: one process talks and writes, and all end.</summary>
[TestClass]
[DoNotParallelize]
public sealed class MpiExampleTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("maflow-");

    [TestCleanup]
    public void Delete() => _folder.Delete(recursive: true);

    [TestMethod]
    [DataRow("Ising", "Periodic")]
    [DataRow("Ising", "Open")]
    [DataRow("Phi4", "Periodic")]
    public void TwoProcessesTrainOneFlowOfALattice(string model, string boundary)
    {
        string[] options =
        [
            "--mpi", "--model", model, "--boundary", boundary, "--size", "4", "--minutes", "0.1", "--output", _folder.FullName,
            "--report", Path.Combine(_folder.FullName, "report.json"),
        ];
        var (exitCode, output) = Mpirun.Run("IsingFreeEnergy.dll", 2, options);
        Assert.AreEqual(0, exitCode, output);
        Assert.HasCount(2, output.Split("report.json"), output);
        using var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.FullName, "report.json")));
        Assert.IsGreaterThan(0, report.RootElement.GetProperty("iterations").GetInt32());

        // A training that has ended is not repeated, and no process waits for another one.
        (exitCode, output) = Mpirun.Run("IsingFreeEnergy.dll", 2, [.. options, "--resume"]);
        Assert.AreEqual(0, exitCode, output);
    }

    [TestMethod]
    public void AProcessThatRefusesItsFolderEndsAll()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "problem.json"), "{");
        var (exitCode, output) = Mpirun.Run("IsingFreeEnergy.dll", 2, "--mpi", "--size", "4", "--minutes", "0.1", "--output", _folder.FullName, "--resume");
        Assert.AreNotEqual(0, exitCode, output);
        Assert.Contains("problem.json", output);
    }
}
