namespace ConditionalDensity.Data;

/// <summary>Rows to learn from and rows to test on.</summary>
/// <param name="Name">Name, also of its figures.</param>
/// <param name="Label">What is predicted, with its unit.</param>
/// <param name="Training">Rows to learn from.</param>
/// <param name="Test">Rows to test on.</param>
/// <param name="ExactNll">Mean -ln p of the test rows under the true density, in nats; null where nobody knows it.</param>
public sealed record DataSet(
    string Name, string Label, IReadOnlyList<Observation> Training, IReadOnlyList<Observation> Test, double? ExactNll = null);
