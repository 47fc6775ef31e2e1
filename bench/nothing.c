/* A program that does nothing: what the system takes to start one and to see it end. */
int main(void)
{
    return 0;
}
