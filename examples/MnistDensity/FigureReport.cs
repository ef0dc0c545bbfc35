namespace MnistDensity;

/// <summary>What <c>--report FILE</c> writes after sample and gaussianize.</summary>
public sealed record FigureReport(int Depth, long Parameters, double Seconds, IReadOnlyList<string> Files);
