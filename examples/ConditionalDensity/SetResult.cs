using ConditionalDensity.Methods;

namespace ConditionalDensity;

/// <summary>Both methods on one set.</summary>
/// <param name="Set">Name of the set.</param>
/// <param name="TrainingRows">Rows to learn from.</param>
/// <param name="TestRows">Rows to test on.</param>
/// <param name="ExactNll">Mean -ln p under the true density, in nats; null where nobody knows it.</param>
/// <param name="Methods">The flow, then the Gaussian regression.</param>
public sealed record SetResult(string Set, int TrainingRows, int TestRows, double? ExactNll, IReadOnlyList<MethodResult> Methods);
